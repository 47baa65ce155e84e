import type {
  AggregationOption,
  AggregationTemporality,
  CollectionResult,
  IMetricReader,
  MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { type Clock, systemClock, type Timer } from '../core/clock.ts';
import { type MetricSource, offerSource, withdrawSource } from './metric-sources.ts';

/** Numbers of the SDK's enums, which are part of its interface: its module is the application's, whichever line and copy. */
const DEFAULT_AGGREGATION: AggregationOption = { type: 0 };
const CUMULATIVE: AggregationTemporality = 1;
/** Series per instrument; the SDK's own default. */
const CARDINALITY_LIMIT = 2_000;
/** A reader that nobody reads makes the SDK keep a copy of everything for it at every collection of another one. */
const UNREAD_LIMIT_MS = 60_000;

/**
 * Shows the metrics of a `MeterProvider` of the application to the rules of mcp-vitals: one of the provider's `readers`, of
 * `@opentelemetry/sdk-metrics` 2.x or 3.x. For applications with an OpenTelemetry of their own, where rules would otherwise see
 * our metrics only. Sends nothing anywhere; in a process that is not measured it does nothing.
 *
 * Rules read it as often as they are evaluated; 16 readers in a process at most, 2,000 series of an instrument. What was recorded
 * before it is read for the first time is not counted as growth.
 *
 * @example new MeterProvider({ readers: [myReader, new VitalsMetricReader()] })
 */
export class VitalsMetricReader implements IMetricReader {
  readonly #clock: Clock;
  readonly #source: MetricSource = { metrics: async (timeoutMs) => (await this.#collect(timeoutMs)).resourceMetrics };
  #producer: MetricProducer | undefined;
  #timer: Timer | undefined;
  #readAtMs = 0;

  /** @param clock for tests */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Called by the provider. @throws {Error} with a second provider */
  setMetricProducer(producer: MetricProducer): void {
    if (this.#producer !== undefined) throw new Error('a metric reader belongs to one MeterProvider');
    this.#producer = producer;
    offerSource(this.#source);
    this.#readAtMs = this.#clock.now();
    this.#timer = this.#clock.every(UNREAD_LIMIT_MS, () => {
      if (this.#clock.now() - this.#readAtMs >= UNREAD_LIMIT_MS) this.#collect().catch(() => {});
    });
  }

  selectAggregation(): AggregationOption {
    return DEFAULT_AGGREGATION;
  }

  selectAggregationTemporality(): AggregationTemporality {
    return CUMULATIVE;
  }

  selectCardinalityLimit(): number {
    return CARDINALITY_LIMIT;
  }

  /** Everything the provider has. @throws {Error} before it belongs to a provider, and after `shutdown` */
  collect(options?: { readonly timeoutMillis?: number | undefined }): Promise<CollectionResult> {
    return this.#collect(options?.timeoutMillis);
  }

  /** Rules see its metrics no more. */
  async shutdown(): Promise<void> {
    withdrawSource(this.#source);
    this.#timer?.stop();
    this.#producer = undefined;
  }

  async forceFlush(): Promise<void> {}

  async #collect(timeoutMs?: number): Promise<CollectionResult> {
    if (this.#producer === undefined) throw new Error('the metric reader belongs to no MeterProvider, or is shut down');
    this.#readAtMs = this.#clock.now();
    return await this.#producer.collect(timeoutMs === undefined ? undefined : { timeoutMillis: timeoutMs });
  }
}
