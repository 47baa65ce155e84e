import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Clock } from '../../core/clock.ts';
import type { Diag } from '../../core/diag.ts';
import { DeliveryReport, maskUrl } from './delivery-report.ts';
import { type OtlpEndpointOptions, parsePartialSuccess, resolveEndpoint, signalUrl } from './endpoint.ts';
import { holdEventLoop } from './event-loop-hold.ts';
import { createHttpSender, type HttpSender, type Suppress } from './http-sender.ts';
import { MetricPush } from './metric-push.ts';
import type { SendOutcome } from './send-outcome.ts';
import { serializeSound } from './serialize.ts';
import { SpanBatch } from './span-batch.ts';
import type { SpoolEntry } from './spool.ts';
import { type SpoolSignal, spoolKey } from './spool-file.ts';
import { Spool, type SpoolOptions } from './spool-owner.ts';

export type { OtlpEndpointOptions } from './endpoint.ts';
export type { Suppress } from './http-sender.ts';
export type { SpoolOptions } from './spool-owner.ts';

export interface OtlpPipelineOptions {
  /** Base address of both signals; `v1/traces` and `v1/metrics` are appended. An `url` of a signal comes first. */
  readonly endpoint?: string | undefined;
  /** `undefined` switches the signal off. */
  readonly traces?: OtlpEndpointOptions | undefined;
  /** `undefined` switches the signal off; so does a missing `collectMetrics`. */
  readonly metrics?: OtlpEndpointOptions | undefined;
  /** Spans held at most. Default 2,048. */
  readonly maxQueueSize?: number | undefined;
  /** Spans per request at most. Default 512. */
  readonly maxBatchSize?: number | undefined;
  /** Longest time a span waits for its batch. Default 5,000 ms. */
  readonly batchIntervalMs?: number | undefined;
  /** Default 60,000 ms. */
  readonly metricIntervalMs?: number | undefined;
  readonly collectMetrics?: (() => Promise<ResourceMetrics>) | undefined;
  /** Collects without waiting what requests have recorded, for the moment when the process exits. */
  readonly collectMetricsSync?: (() => ResourceMetrics | undefined) | undefined;
  /** `false` switches the spool off: what is unsent at exit is then lost and said. */
  readonly spool?: SpoolOptions | false | undefined;
  readonly diag: Diag;
  readonly clock: Clock;
  readonly suppress: Suppress;
}

export interface FlushResult {
  /** Whether every signal was acknowledged in time. */
  readonly complete: boolean;
  /** Spans that no receiver has acknowledged. */
  readonly unsentSpans: number;
  /** Whether the last state of the metrics was not acknowledged. */
  readonly unsentMetrics: boolean;
}

/** Way of spans and metrics to their OTLP receivers. Nothing here throws, rejects or keeps the process alive. */
export interface OtlpPipeline {
  /** Takes an ended span; costs an array push. */
  addSpan(span: ReadableSpan): void;
  /** Starts the timers and delivers what earlier processes left in the spool. */
  start(): void;
  /**
   * Sends everything recorded so far. Keeps the event loop alive meanwhile, for `timeoutMs` at most; then what is in
   * flight is aborted and stays unsent.
   */
  flush(timeoutMs: number): Promise<FlushResult>;
  /**
   * Writes what is unsent to the spool, for the `exit` event or before a signal is raised again; what cannot be kept is
   * said in one line on the diagnostics. Calling it again keeps nothing twice.
   */
  spoolUnsentSync(): { readonly spooled: number; readonly lost: number };
  /** Flushes, spools the rest and closes connections. Idempotent. */
  shutdown(timeoutMs: number): Promise<FlushResult>;
  /** What was lost, by signal and reason: `{ "traces queue_full": 3 }`. */
  dropped(): Record<string, number>;
  /** Items held at this moment. */
  queueSizes(): { readonly traces: number };
}

/** Creates a pipeline. A signal whose endpoint is unusable is switched off with one line on the diagnostics. */
export function createOtlpPipeline(options: OtlpPipelineOptions): OtlpPipeline {
  return new Pipeline(options);
}

interface Route {
  readonly sender: HttpSender;
  readonly report: DeliveryReport;
}

/** Old data waits for its turn while the receiver does not even answer to new data. */
function sendLeftover({ sender, report }: Route, body: Uint8Array): Promise<SendOutcome> {
  return report.failures > 0 ? Promise.resolve({ state: 'retryable', reason: 'failing' }) : sender.send(body);
}

class Pipeline implements OtlpPipeline {
  readonly #options: OtlpPipelineOptions;
  readonly #routes: Partial<Record<SpoolSignal, Route>> = {};
  readonly #spans: SpanBatch | undefined;
  readonly #metrics: MetricPush | undefined;
  readonly #spool: Spool;
  readonly #dropped: Record<string, number> = {};
  #shutdown: Promise<FlushResult> | undefined;

  constructor(options: OtlpPipelineOptions) {
    this.#options = options;
    const { collectMetrics } = options;
    if (options.traces !== undefined) this.#spans = this.#createSpans(options.traces);
    if (options.metrics !== undefined && collectMetrics !== undefined) {
      this.#metrics = this.#createMetrics(options.metrics, collectMetrics);
    }
    const service = options.spool === false ? '' : (options.spool?.service ?? '');
    this.#spool = new Spool({
      options: options.spool,
      clock: options.clock,
      diag: options.diag,
      targets: Object.fromEntries(
        Object.entries(this.#routes).map(([signal, route]) => [
          signal,
          { key: spoolKey(route.sender.url, service), send: (body: Uint8Array) => sendLeftover(route, body) },
        ]),
      ),
      onDrop: (signal, reason, items) => this.#drop(signal, reason, items),
    });
  }

  addSpan(span: ReadableSpan): void {
    this.#spans?.add(span);
  }

  start(): void {
    if (this.#shutdown !== undefined) return;
    this.#spans?.start();
    this.#metrics?.start();
    this.#spool.start();
  }

  async flush(timeoutMs: number): Promise<FlushResult> {
    const release = holdEventLoop();
    const startedMs = this.#options.clock.now();
    try {
      const [spansSent, metricsSent] = await Promise.all([
        this.#spans?.flush(timeoutMs) ?? true,
        this.#metrics?.flush(timeoutMs) ?? true,
      ]);
      const complete = spansSent && metricsSent;
      // A process that lives for less than the delivery delay still brings in what its predecessor left.
      if (complete) await this.#spool.deliverWithin(timeoutMs - (this.#options.clock.now() - startedMs));
      return { complete, unsentSpans: this.#spans?.stats().queued ?? 0, unsentMetrics: !metricsSent };
    } finally {
      release();
    }
  }

  spoolUnsentSync(): { readonly spooled: number; readonly lost: number } {
    this.#spool.release();
    return this.#spool.write([...this.#takeSpanEntries(), ...this.#takeMetricEntries()]);
  }

  shutdown(timeoutMs: number): Promise<FlushResult> {
    this.#shutdown ??= this.#stop(timeoutMs);
    return this.#shutdown;
  }

  dropped(): Record<string, number> {
    const all: Record<string, number> = { ...this.#dropped };
    for (const [signal, part] of [
      ['traces', this.#spans],
      ['metrics', this.#metrics],
    ] as const) {
      for (const [reason, count] of Object.entries(part?.stats().dropped ?? {})) {
        const name = `${signal} ${reason}`;
        all[name] = (all[name] ?? 0) + count;
      }
    }
    return all;
  }

  queueSizes(): { readonly traces: number } {
    return { traces: this.#spans?.stats().queued ?? 0 };
  }

  async #stop(timeoutMs: number): Promise<FlushResult> {
    this.#spans?.stop();
    this.#metrics?.stop();
    this.#spool.stop();
    const result = await this.flush(timeoutMs);
    for (const { sender } of Object.values(this.#routes)) sender.close();
    this.spoolUnsentSync();
    return result;
  }

  #drop(signal: SpoolSignal, reason: string, items: number): void {
    const name = `${signal} ${reason}`;
    this.#dropped[name] = (this.#dropped[name] ?? 0) + items;
  }

  #createSpans(endpoint: OtlpEndpointOptions): SpanBatch | undefined {
    const route = this.#createRoute('traces', endpoint);
    if (route === undefined) return undefined;
    const { clock, maxQueueSize, maxBatchSize, batchIntervalMs } = this.#options;
    return new SpanBatch({
      send: (body) => route.sender.send(body),
      abort: () => route.sender.abort(),
      clock,
      ...(maxQueueSize === undefined ? {} : { maxQueueSize }),
      ...(maxBatchSize === undefined ? {} : { maxBatchSize }),
      ...(batchIntervalMs === undefined ? {} : { intervalMs: batchIntervalMs }),
      onOutcome: (outcome) => this.#record(route, outcome),
    });
  }

  #createMetrics(endpoint: OtlpEndpointOptions, collect: () => Promise<ResourceMetrics>): MetricPush | undefined {
    const route = this.#createRoute('metrics', endpoint);
    if (route === undefined) return undefined;
    const { clock, metricIntervalMs, collectMetricsSync, diag } = this.#options;
    return new MetricPush({
      send: (body) => route.sender.send(body),
      abort: () => route.sender.abort(),
      collect,
      collectSync: collectMetricsSync,
      clock,
      ...(metricIntervalMs === undefined ? {} : { exportIntervalMs: metricIntervalMs }),
      onOutcome: (outcome) => this.#record(route, outcome),
      onCollectError: (error) => diag.warn('otlp metrics collect', `metrics could not be collected: ${String(error)}`),
    });
  }

  #createRoute(signal: SpoolSignal, endpoint: OtlpEndpointOptions): Route | undefined {
    const { diag, clock, suppress, endpoint: base } = this.#options;
    const url = endpoint.url ?? (base === undefined ? undefined : signalUrl(base, signal));
    try {
      const sender = createHttpSender({
        http: resolveEndpoint(signal, { ...endpoint, url }),
        parsePartial: (body) => parsePartialSuccess(signal, body),
        clock,
        suppress,
      });
      const route = { sender, report: new DeliveryReport(signal, sender.url, diag) };
      this.#routes[signal] = route;
      return route;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      diag.error(
        `otlp ${signal}`,
        `${signal} are not exported: ${url === undefined ? why : `${maskUrl(url)}: ${why}`}`,
      );
      return undefined;
    }
  }

  #record(route: Route, outcome: SendOutcome): void {
    route.report.record(outcome);
    if (outcome.state === 'ok') this.#spool.deliverAgain();
  }

  #takeSpanEntries(): SpoolEntry[] {
    const { maxBatchSize = 512 } = this.#options;
    const key = this.#spool.keyOf('traces');
    const unsent = this.#spans?.takeUnsent() ?? [];
    const entries: SpoolEntry[] = [];
    while (key !== undefined && unsent.length > 0) {
      const { spans, body, broken } = serializeSound(unsent.splice(0, maxBatchSize));
      if (broken > 0) this.#drop('traces', 'unserializable', broken);
      if (body !== undefined) entries.push({ signal: 'traces', key, body, items: spans.length });
    }
    return entries;
  }

  #takeMetricEntries(): SpoolEntry[] {
    const key = this.#spool.keyOf('metrics');
    if (key === undefined) return [];
    try {
      const unsent = this.#metrics?.takeUnsentSync();
      return unsent === undefined ? [] : [{ signal: 'metrics', key, body: unsent.body, items: unsent.points }];
    } catch {
      this.#drop('metrics', 'collect_failed', 1);
      return [];
    }
  }
}
