import { trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { ResolvedConfig } from '../config/index.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import type { Snapshot } from '../core/model.ts';
import { VERSION } from '../core/version.ts';
import type { OtlpPipeline } from '../exporters/otlp/pipeline.ts';
import { PrometheusFormatter } from '../exporters/prometheus/formatter.ts';
import { ContentCapture, type Redact } from '../mcp/content.ts';
import type { Instrumentation } from '../mcp/instrumentation.ts';
import type { ProtocolLike } from '../mcp/sdk-shapes.ts';
import { registerRuntimeMetrics } from '../runtime/runtime-metrics.ts';
import { createRuntimeSampler } from '../runtime/runtime-sampler.ts';
import { createStatusServer } from '../status/status-server.ts';
import { type ApplicationApi, inspectApplication } from './application-api.ts';
import { VitalsContextManager } from './context-manager.ts';
import { reportKept } from './exit-report.ts';
import { createExportPipeline, exportsAnything, exportsTraces } from './export-pipeline.ts';
import { type Adoption, decideAdoption, registerGlobals } from './globals.ts';
import { type ActiveContext, createOtelBridge, followHttpArrivals } from './otel-bridge.ts';
import { createMetrics, createTracing } from './providers.ts';
import { recorderSeries } from './recorder-series.ts';
import { createResource, serviceIdentity } from './resource.ts';
import type { Running } from './running.ts';
import { createHeadSampler, RemoteSampling } from './sampling.ts';
import { SeriesProducer } from './series-producer.ts';
import { takeSnapshot } from './snapshot.ts';
import { clientAttributes, toReadableClientSpan, toReadableSpan } from './span-export.ts';
import { stageSpans } from './stage-spans.ts';
import { formatSummary } from './summary-text.ts';

export interface StartOptions {
  readonly instrumentation: Instrumentation;
  readonly config: ResolvedConfig;
  readonly diag: Diag;
  /** The protocol object that connected first: its server names the service. */
  readonly protocol?: ProtocolLike | undefined;
  /** Applied to content before it is recorded, where recording content is switched on. */
  readonly redact?: Redact | undefined;
  readonly clock?: Clock;
}

/** Wires the rooms: series, providers, context, export, runtime figures, status endpoint. */
export async function start(options: StartOptions): Promise<Running> {
  const { instrumentation, diag } = options;
  const { recorder, clients } = instrumentation;
  const config = options.config.values;
  const clock = options.clock ?? systemClock;
  const wallTime = (): number => clock.timeOrigin + clock.now();
  diag.level = config.log.level;
  recorder.configure({ names: config.limits, windowMs: config.windowMs });
  clients.configure({ names: config.limits, windowMs: config.windowMs });
  const remote = new RemoteSampling(config.traces.remoteSampledPerSecond, instrumentation.now);
  const service = serviceIdentity(config, options.protocol);
  const resource = createResource(config, service);
  const application = inspectApplication();
  const adoption = decideAdoption(config.otel.mode, application);
  const contextManager = new VitalsContextManager();
  const contexts = activeContext(adoption, application, contextManager);

  const figures = {
    dropped: () => pipeline.dropped(),
    queueSizes: () => ({ ...pipeline.queueSizes() }),
    remoteSampledLimited: () => remote.limited,
  };
  const stageOperations = config.stages.enabled ? config.limits.stageOperations : 0;
  const producer = new SeriesProducer(recorderSeries(recorder, { stageOperations, self: figures, clients }), {
    startedAt: clock.timeOrigin + recorder.startedAt,
    now: wallTime,
    version: VERSION,
  });
  const { provider: meterProvider, reader } = createMetrics(resource, producer);
  const pipeline: OtlpPipeline = createExportPipeline(config, {
    service: service.name,
    resource,
    reader,
    producer,
    suppress: (fn) => contexts.run(suppressTracing(contexts.active()), fn),
    clock,
    diag,
  });

  const tracerProvider = createTracing(resource, config.traces.sampler, remote, (span) => pipeline.addSpan(span));
  registerGlobals(adoption, application, { tracerProvider, meterProvider, contextManager }, diag);
  if (config.spans.enabled) {
    instrumentation.bridge = createOtelBridge(contexts, trace, { baggage: config.propagation.baggage });
    followHttpArrivals(contexts, instrumentation.now);
  }
  const sampler = createRuntimeSampler({ clock, intervalMs: config.runtime.intervalMs, diag });
  if (config.runtime.enabled) {
    registerRuntimeMetrics(meterProvider.getMeter('mcp-vitals', VERSION), sampler);
    sampler.start();
  }
  const snapshot = (): Snapshot =>
    takeSnapshot({
      recorder,
      clients,
      service,
      process: config.runtime.enabled ? sampler.snapshot() : undefined,
      dropped: pipeline.dropped(),
      timestamp: wallTime(),
    });
  const formatter = new PrometheusFormatter();
  const metricsText = async (): Promise<string> => formatter.format(await reader.metrics());
  const summaryText = (): string => formatSummary(snapshot());
  const status = createStatusServer({
    host: config.status.host,
    port: config.status.port,
    token: config.status.token,
    discoveryDir: config.status.discoveryDir,
    service: () => service,
    sources: { metricsText, snapshot, summaryText },
    diag,
    clock,
  });
  const bound = config.status.enabled ? await status.start() : undefined;

  // From here on nothing is awaited: what finishes is either among the early operations or exported, whenever the process ends.
  const scope = { name: 'mcp-vitals', version: VERSION };
  const { timeOrigin } = clock;
  const exported = exportsTraces(config);
  const sample = createHeadSampler(config.traces.sampler, Math.random, remote);
  instrumentation.outgoing = { exported, propagation: config.propagation.outbound, sample };
  clients.onFinished = (operation, entry) => {
    if (operation.foreign?.isRecording() === true) operation.foreign.setAttributes(clientAttributes(operation, entry));
    if (!exported || !operation.sampled || operation.foreign !== undefined) return;
    pipeline.addSpan(toReadableClientSpan(operation, entry, { resource, scope, timeOrigin }));
  };
  if (exported) {
    if (config.capture.content) instrumentation.content = new ContentCapture(config.capture.maxBytes, options.redact);
    const samplingSince = instrumentation.now();
    instrumentation.sample = sample;
    recorder.onFinished = (operation, entry, stagesMs) => {
      // What was dispatched before there was a sampler is decided now; nobody has seen its ids.
      if (operation.dispatchedAt < samplingSince) operation.sampled = sample(operation.parentSpanContext);
      if (!operation.sampled) return;
      const span = toReadableSpan(operation, entry, stagesMs, { resource, scope, timeOrigin });
      pipeline.addSpan(span);
      if (!config.traces.stageSpans) return;
      for (const child of stageSpans(operation, span, timeOrigin)) pipeline.addSpan(child);
    };
  } else {
    recorder.onFinished = undefined;
  }
  pipeline.start();

  const printSummary = (): void => void process.stderr.write(summaryText());
  const { summary } = config;
  const summaryTimer = typeof summary === 'number' ? clock.every(summary, printSummary) : undefined;

  const endSessions = (): void => {
    recorder.sessions.endAll();
    clients.sessions.endAll();
  };
  const printAtExit = summary === 'exit' ? once(printSummary) : (): void => {};

  return {
    config: options.config,
    url: bound?.url,
    exporting: exportsAnything(config),
    snapshot,
    summary: summaryText,
    metricsText,
    async flush(ending) {
      if (ending) endSessions();
      return (await pipeline.flush(config.shutdown.timeoutMs)).complete;
    },
    keepUnsentSync() {
      printAtExit();
      endSessions();
      status.withdrawSync();
      const { traces: spans } = pipeline.queueSizes();
      reportKept(diag, service.name, { spans, ...pipeline.spoolUnsentSync() });
    },
    async shutdown() {
      printAtExit();
      endSessions();
      sampler.stop();
      summaryTimer?.stop();
      await status.stop();
      await pipeline.shutdown(config.shutdown.timeoutMs);
    },
  };
}

function once(fn: () => void): () => void {
  let done = false;
  return () => {
    if (!done) fn();
    done = true;
  };
}

/** Contexts run through our manager unless the application has its own. */
function activeContext(
  adoption: Adoption,
  { api, registered }: ApplicationApi,
  manager: VitalsContextManager,
): ActiveContext {
  if (adoption.ownsContext || !registered.context) return manager;
  return { active: () => api.context.active(), run: (context, fn) => api.context.with(context, fn) };
}
