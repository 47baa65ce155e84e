import type { Context } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { MeterProvider, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  SamplingDecision,
  type Span,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { SamplerConfig } from '../config/index.ts';
import { TRACE_FLAG_SAMPLED } from '../mcp/span-types.ts';
import type { KeptTraces } from '../slo/kept-traces.ts';
import { operationIn } from './operation-context.ts';
import type { RemoteSampling } from './sampling.ts';
import type { SeriesProducer } from './series-producer.ts';

/** The one reader of the process: page, scrape and export all collect through it, so nothing is stashed for an idle one. */
export class SharedReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}

  /**
   * Collects every metric of the process: ours, and what application and libraries record through the API. Always anew: reading is
   * cheap and changes nothing, and who calls a tool and then scrapes is to see the call.
   *
   * @param timeoutMs bounds each observable callback; one that takes longer is left out. Default: unbounded
   */
  async metrics(timeoutMs?: number): Promise<ResourceMetrics> {
    return (await this.collect(timeoutMs === undefined ? undefined : { timeoutMillis: timeoutMs })).resourceMetrics;
  }
}

/** Provider and reader of metrics. `producer` brings the pre-resolved series of the instrumentation. */
export function createMetrics(
  resource: Resource,
  producer: SeriesProducer,
): { readonly provider: MeterProvider; readonly reader: SharedReader } {
  const reader = new SharedReader({ metricProducers: [producer] });
  return { provider: new MeterProvider({ resource, readers: [reader] }), reader };
}

export interface TracingOptions {
  readonly remote: RemoteSampling;
  readonly kept: KeptTraces;
  readonly add: (span: ReadableSpan) => void;
  /** Hear of every span below an operation, also of those that are not exported. */
  readonly processors?: readonly SpanProcessor[];
}

/** Hands sampled spans of application and libraries to the export pipeline. */
class ExportingProcessor implements SpanProcessor {
  readonly #add: (span: ReadableSpan) => void;
  readonly #hold: (span: ReadableSpan) => void;

  constructor({ add, kept }: Pick<TracingOptions, 'add' | 'kept'>) {
    this.#add = add;
    this.#hold = (span) => kept.hold(span);
  }

  onStart(_span: Span, _parent: Context): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TRACE_FLAG_SAMPLED) !== 0) this.#add(span);
    else this.#hold(span);
  }

  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}

/** Provider of the spans below operations: they follow the operation's decision, or the sampler where there is none. */
export function createTracing(resource: Resource, sampler: SamplerConfig, options: TracingOptions): TracerProvider {
  const { processors = [], kept, remote } = options;
  const head = sdkSampler(sampler, remote);
  return new TracerProvider({
    resource,
    sampler: processors.length === 0 && !kept.holdsChildren ? head : recordingBelowOperations(head),
    spanProcessors: [...processors, new ExportingProcessor(options)],
  });
}

/** What is not sampled is recorded all the same below an operation: component time knows no sampling, and the trace may be kept. */
function recordingBelowOperations(head: Sampler): Sampler {
  return {
    shouldSample(context, ...of) {
      const result = head.shouldSample(context, ...of);
      if (result.decision !== SamplingDecision.NOT_RECORD || operationIn(context)?.finished !== false) return result;
      return { ...result, decision: SamplingDecision.RECORD };
    },
    toString: () => `RecordingBelowOperations{${head.toString()}}`,
  };
}

function sdkSampler({ kind, ratio, parentBased }: SamplerConfig, remote: RemoteSampling): Sampler {
  const root =
    kind === 'always_on'
      ? new AlwaysOnSampler()
      : kind === 'always_off'
        ? new AlwaysOffSampler()
        : new TraceIdRatioBasedSampler(ratio);
  return parentBased ? new ParentBasedSampler({ root, remoteParentSampled: limited(remote, root) }) : root;
}

/** Samples while remote callers are within their limit, then as `otherwise` decides. */
function limited(remote: RemoteSampling, otherwise: Sampler): Sampler {
  return {
    shouldSample: (...of) =>
      remote.accepts() ? { decision: SamplingDecision.RECORD_AND_SAMPLED } : otherwise.shouldSample(...of),
    toString: () => `RemoteSampledLimited{${otherwise.toString()}}`,
  };
}
