import type { Attributes } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type MetricData,
  type MetricProducer,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { type Clock, systemClock } from '../core/clock.ts';
import type { ExplicitHistogram } from '../core/explicit-histogram.ts';
import { inTurns } from '../core/in-turns.ts';
import type { ExemplarPoint } from '../exporters/prometheus/exemplar-text.ts';
import { millisToHrTime } from '../mcp/operation-span.ts';
import type { HrTime } from '../mcp/span-types.ts';
import type { Stream } from '../semconv/stream.ts';
import { streamByName } from '../semconv/streams.ts';

/** One point to expose: attributes plus either a histogram or a number. */
export interface SeriesPoint {
  readonly attributes: Attributes;
  readonly value: ExplicitHistogram | number;
}

/** The points of one stream at this instant. */
export interface SeriesOfStream {
  readonly stream: string;
  /** Read once, and perhaps not in one turn of the event loop. */
  readonly points: Iterable<SeriesPoint>;
}

/** Gives the points of all streams; called once per collection. What is many is best given by a generator. */
export type SeriesSource = () => Iterable<SeriesOfStream>;

/** What several sources give, one after the other, each asked when it is its turn. */
export function* seriesOf(sources: Iterable<{ readonly series?: SeriesSource }>): Generator<SeriesOfStream> {
  for (const { series } of sources) if (series !== undefined) yield* series();
}

const SCOPE_NAME = 'mcp-vitals';
/** Some microseconds' work. */
const POINTS_PER_STEP = 8;

/**
 * Exposes series that were resolved beforehand to every metric reader, with cumulative temporality.
 *
 * Reading changes nothing: any number of readers see the same.
 */
export class SeriesProducer implements MetricProducer {
  readonly #source: SeriesSource;
  readonly #startTime: HrTime;
  readonly #now: () => number;
  readonly #version: string;
  readonly #clock: Pick<Clock, 'now'>;

  /**
   * @param options.now wall-clock milliseconds
   * @param options.clock measures turns of the event loop
   */
  constructor(
    source: SeriesSource,
    options: { startedAt: number; now: () => number; version: string; clock?: Pick<Clock, 'now'> },
  ) {
    this.#source = source;
    this.#clock = options.clock ?? systemClock;
    this.#startTime = millisToHrTime(options.startedAt);
    this.#now = options.now;
    this.#version = options.version;
  }

  /** Collects, in several turns of the event loop where it is much. */
  async collect(): Promise<CollectionResult> {
    const metrics: MetricData[] = [];
    await inTurns(this.#pieces(metrics), this.#clock);
    // The resource comes from the reader's provider; readers ignore the producer's.
    return { resourceMetrics: this.#resourceMetrics({ attributes: {} } as Resource, metrics), errors: [] };
  }

  /** The same without waiting, for the moment at which a process exits. */
  collectSync(resource: Resource): ResourceMetrics {
    const metrics: MetricData[] = [];
    const pieces = this.#pieces(metrics);
    while (pieces.next().done !== true);
    return this.#resourceMetrics(resource, metrics);
  }

  #resourceMetrics(resource: Resource, metrics: MetricData[]): ResourceMetrics {
    return { resource, scopeMetrics: [{ scope: { name: SCOPE_NAME, version: this.#version }, metrics }] };
  }

  /** Fills `metrics`, a few points per step. */
  *#pieces(metrics: MetricData[]): Generator<void> {
    const startTime = this.#startTime;
    const endTime = millisToHrTime(this.#now());
    let done = 0;
    for (const { stream: name, points } of this.#source()) {
      const stream = streamByName(name);
      const isHistogram = stream.kind === 'histogram';
      const dataPoints: object[] = [];
      for (const { attributes, value } of points) {
        dataPoints.push(
          isHistogram
            ? { attributes, startTime, endTime, value: histogramValue(value), ...exemplarsOf(value) }
            : { attributes, startTime, endTime, value },
        );
        done += 1;
        if (done % POINTS_PER_STEP === 0) yield;
      }
      if (dataPoints.length > 0) metrics.push(this.#metric(stream, dataPoints));
    }
  }

  #metric({ name, description, unit, kind }: Stream, dataPoints: readonly object[]): MetricData {
    const descriptor = { name, description, unit, valueType: VALUE_TYPE_DOUBLE };
    const common = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
    if (kind === 'histogram') return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints } as MetricData;
    if (kind === 'gauge') return { ...common, dataPointType: DataPointType.GAUGE, dataPoints } as MetricData;
    return { ...common, dataPointType: DataPointType.SUM, isMonotonic: kind === 'counter', dataPoints } as MetricData;
  }
}

/** `ValueType.DOUBLE` of the API. */
const VALUE_TYPE_DOUBLE = 1;

function histogramValue(value: ExplicitHistogram | number): object {
  if (typeof value === 'number') throw new TypeError('a histogram stream got a number');
  const { boundaries, counts, count, sum, min, max } = value;
  return { buckets: { boundaries: boundaries as number[], counts: [...counts] }, count, sum, min, max };
}

/** Besides what the SDK knows of: read by our Prometheus formatter, ignored by everybody else. */
function exemplarsOf(value: ExplicitHistogram | number): ExemplarPoint {
  const exemplars = typeof value === 'number' ? undefined : value.exemplars;
  return exemplars === undefined ? {} : { exemplars: [...exemplars] };
}
