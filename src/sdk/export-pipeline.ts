import type { Resource } from '@opentelemetry/resources';
import type { VitalsConfig } from '../config/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import { NO_PIPELINE } from '../exporters/otlp/no-pipeline.ts';
import type { OtlpPipeline, Suppress } from '../exporters/otlp/pipeline.ts';
import type { SharedReader } from './providers.ts';
import type { SeriesProducer } from './series-producer.ts';

export interface ExportPipelineParts {
  readonly service: string;
  readonly resource: Resource;
  readonly reader: SharedReader;
  readonly producer: SeriesProducer;
  readonly suppress: Suppress;
  readonly clock: Clock;
  readonly diag: Diag;
}

/** The OTLP pipeline the configuration asks for, loaded where there is an endpoint. */
export async function createExportPipeline(config: VitalsConfig, parts: ExportPipelineParts): Promise<OtlpPipeline> {
  if (!exportsAnything(config)) return NO_PIPELINE;
  const { createOtlpPipeline } = await import('../exporters/otlp/pipeline.ts');
  const { otlp, batch, spool } = config;
  const endpoint = { headers: otlp.headers, timeoutMs: otlp.timeoutMs };
  return createOtlpPipeline({
    traces: exportsTraces(config) ? { ...endpoint, url: otlp.tracesUrl } : undefined,
    metrics: otlp.metricsUrl === undefined ? undefined : { ...endpoint, url: otlp.metricsUrl },
    maxQueueSize: batch.maxQueueSize,
    maxBatchSize: batch.maxExportBatchSize,
    batchIntervalMs: batch.scheduleDelayMs,
    metricIntervalMs: config.metrics.exportIntervalMs,
    collectMetrics: () => parts.reader.metrics(),
    collectMetricsSync: () => parts.producer.collectSync(parts.resource),
    spool: { dir: spool.dir, maxBytes: spool.maxBytes, service: parts.service },
    suppress: parts.suppress,
    clock: parts.clock,
    diag: parts.diag,
  });
}

/** Whether spans go anywhere; when not, none is made. */
export function exportsTraces(config: VitalsConfig): boolean {
  return config.spans.enabled && config.otlp.tracesUrl !== undefined;
}

/** Whether anything leaves this process by itself. */
export function exportsAnything(config: VitalsConfig): boolean {
  return exportsTraces(config) || config.otlp.metricsUrl !== undefined;
}
