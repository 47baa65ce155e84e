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
import type { ExplicitHistogram } from '../core/explicit-histogram.ts';
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
  readonly points: readonly SeriesPoint[];
}

/** Gives the points of all streams; called once per collection. */
export type SeriesSource = () => readonly SeriesOfStream[];

const SCOPE_NAME = 'mcp-vitals';

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

  /** @param options.now wall-clock milliseconds */
  constructor(source: SeriesSource, options: { startedAt: number; now: () => number; version: string }) {
    this.#source = source;
    this.#startTime = millisToHrTime(options.startedAt);
    this.#now = options.now;
    this.#version = options.version;
  }

  collect(): Promise<CollectionResult> {
    // The resource comes from the reader's provider; readers ignore the producer's.
    const resourceMetrics = this.collectSync({ attributes: {} } as Resource);
    return Promise.resolve({ resourceMetrics, errors: [] });
  }

  /** The same without waiting, for the moment at which a process exits. */
  collectSync(resource: Resource): ResourceMetrics {
    const endTime = millisToHrTime(this.#now());
    const metrics = this.#source()
      .filter(({ points }) => points.length > 0)
      .map((series) => this.#metric(streamByName(series.stream), series.points, endTime));
    return { resource, scopeMetrics: [{ scope: { name: SCOPE_NAME, version: this.#version }, metrics }] };
  }

  #metric(stream: Stream, points: readonly SeriesPoint[], endTime: HrTime): MetricData {
    const times = { startTime: this.#startTime, endTime };
    const { name, description, unit, kind } = stream;
    const descriptor = { name, description, unit, valueType: VALUE_TYPE_DOUBLE };
    const common = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
    if (kind === 'histogram') {
      const dataPoints = points.map(({ attributes, value }) => ({
        attributes,
        ...times,
        value: histogramValue(value),
        ...exemplarsOf(value),
      }));
      return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints } as MetricData;
    }
    const dataPoints = points.map(({ attributes, value }) => ({ attributes, ...times, value: value as number }));
    if (kind === 'gauge') return { ...common, dataPointType: DataPointType.GAUGE, dataPoints } as MetricData;
    return { ...common, dataPointType: DataPointType.SUM, isMonotonic: kind === 'counter', dataPoints } as MetricData;
  }
}

/** `ValueType.DOUBLE` of the API. */
const VALUE_TYPE_DOUBLE = 1;

function histogramValue(value: ExplicitHistogram | number): object {
  if (typeof value === 'number') throw new TypeError('a histogram stream got a number');
  const { boundaries, counts, count, sum, min, max } = value;
  return { buckets: { boundaries: [...boundaries], counts: [...counts] }, count, sum, min, max };
}

/** Besides what the SDK knows of: read by our Prometheus formatter, ignored by everybody else. */
function exemplarsOf(value: ExplicitHistogram | number): ExemplarPoint {
  const exemplars = typeof value === 'number' ? undefined : value.exemplars;
  return exemplars === undefined ? {} : { exemplars: [...exemplars] };
}
