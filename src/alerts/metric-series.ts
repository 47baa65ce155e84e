import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { PointAttributes } from './attribute-filter.ts';
import { ExponentialCounts, type ExponentialPoint } from './exponential-counts.ts';

/** `DataPointType` of the SDK: its module is not loaded for four numbers that are part of its interface. */
const HISTOGRAM = 0;
const EXPONENTIAL_HISTOGRAM = 1;
const GAUGE = 2;

export type SeriesKind = 'gauge' | 'counter' | 'updowncounter' | 'histogram';

/** What kind of series a metric holds. */
export function kindOfMetric(metric: MetricData): SeriesKind {
  const type: number = metric.dataPointType;
  if (type === HISTOGRAM || type === EXPONENTIAL_HISTOGRAM) return 'histogram';
  if (type === GAUGE) return 'gauge';
  return 'isMonotonic' in metric && metric.isMonotonic ? 'counter' : 'updowncounter';
}

/** One series of a metric: its last reading, and what it grew by since the one before. */
export class CollectedSeries {
  readonly attributes: PointAttributes;
  readonly kind: SeriesKind;
  /** Number of the collection that saw it last. */
  collection = -1;
  seenAtMs = 0;
  /** Latest value; of a histogram the number of recordings. */
  value = 0;
  /** Sum of the recordings of a histogram. */
  sum = 0;
  /** Growth with the last collection; a value that fell started anew. */
  increase = 0;
  sumIncrease = 0;
  /** Upper bounds and growth of the buckets, the last one being unbounded; `undefined` where there are none. */
  boundaries: readonly number[] | undefined;
  bucketIncreases: Float64Array | undefined;
  /** Growth of the buckets of an exponential histogram. */
  exponentialIncrease: ExponentialCounts | undefined;
  #exponential: ExponentialCounts | undefined;
  #buckets: readonly number[] | undefined;

  constructor(attributes: PointAttributes, kind: SeriesKind) {
    this.attributes = attributes;
    this.kind = kind;
  }

  /** @param isBaseline whether what was recorded before must not count as growth */
  readNumber(value: number, isBaseline: boolean): void {
    const grown = value >= this.value ? value - this.value : value;
    this.increase = isBaseline || !Number.isFinite(grown) ? 0 : grown;
    this.value = value;
  }

  /** Takes in the buckets of an exponential histogram; before `readHistogram`, which forgets what they are compared with. */
  readExponential(count: number, point: ExponentialPoint, isBaseline: boolean): void {
    const now = ExponentialCounts.of(point);
    const before = this.#exponential;
    // The scale of one series only falls: a finer one is a new beginning, as a smaller count is.
    const restarted = before === undefined || count < this.value || now.scale > before.scale;
    if (isBaseline || count === this.value) this.exponentialIncrease = undefined;
    else this.exponentialIncrease = restarted ? now : now.since(before);
    this.#exponential = now;
  }

  readHistogram(
    count: number,
    sum: number,
    boundaries: readonly number[],
    counts: readonly number[],
    isBaseline: boolean,
  ): void {
    const restarted = count < this.value || (this.#buckets !== undefined && this.#buckets.length !== counts.length);
    const before = restarted
      ? { count: 0, sum: 0, buckets: undefined }
      : { count: this.value, sum: this.sum, buckets: this.#buckets };
    this.increase = isBaseline ? 0 : count - before.count;
    this.sumIncrease = isBaseline || !Number.isFinite(sum) ? 0 : sum - before.sum;
    if (counts.length > 0) {
      if (this.bucketIncreases?.length !== counts.length) this.bucketIncreases = new Float64Array(counts.length);
      for (let at = 0; at < counts.length; at++) {
        this.bucketIncreases[at] = isBaseline ? 0 : (counts[at] ?? 0) - (before.buckets?.[at] ?? 0);
      }
      this.boundaries = boundaries;
      this.#buckets = counts;
    }
    this.value = count;
    if (Number.isFinite(sum)) this.sum = sum;
  }
}

/** Series of one metric beyond this are not looked at; the SDK's own default bound per instrument. */
const MAX_SERIES = 2_000;
/** A series that is gone for so long is forgotten; one that comes back later counts as new. */
const FORGET_AFTER_MS = 600_000;

/** The series of one metric that rules look at, read once per collection for all of them. */
export class MetricSeries {
  readonly #byKey = new Map<string, CollectedSeries>();
  /** What stood at each position of the last collection: the order hardly ever changes, and comparing is cheaper than keys. */
  readonly #positions: CollectedSeries[] = [];
  readonly #listeners: { onNew(series: CollectedSeries): void; onGone(series: CollectedSeries): void }[] = [];
  /** UCUM unit of the metric. */
  unit = '';
  #leftOut = 0;

  /** Series that were over the bound at the last collection. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Tells of every series, those already known included. */
  follow(listener: { onNew(series: CollectedSeries): void; onGone(series: CollectedSeries): void }): void {
    this.#listeners.push(listener);
    for (const series of this.#byKey.values()) listener.onNew(series);
  }

  /**
   * Takes in one collection.
   *
   * @param metrics all metrics of the name, whatever scope they are from
   * @param baseline metrics whose provider is seen for the first time: what was recorded before is no growth
   */
  read(metrics: readonly MetricData[], collection: number, nowMs: number, baseline: ReadonlySet<MetricData>): void {
    this.#leftOut = 0;
    let position = 0;
    for (const metric of metrics) {
      const kind = kindOfMetric(metric);
      const isFirst = baseline.has(metric);
      this.unit = metric.descriptor.unit;
      for (const point of metric.dataPoints) {
        const series = this.#find(point.attributes, kind, position++);
        if (series === undefined) continue;
        // Two scopes may hold the same series; the first one counts.
        if (series.collection === collection) continue;
        series.collection = collection;
        series.seenAtMs = nowMs;
        const { value } = point;
        if (typeof value === 'number') series.readNumber(value, isFirst);
        else {
          const { boundaries, counts } = 'buckets' in value ? value.buckets : NO_BUCKETS;
          if ('scale' in value) series.readExponential(value.count, value, isFirst);
          series.readHistogram(value.count, value.sum ?? 0, boundaries, counts, isFirst);
        }
      }
    }
    this.#positions.length = Math.min(this.#positions.length, position);
    if (collection % 60 === 0) this.#forget(nowMs);
  }

  #find(attributes: PointAttributes, kind: SeriesKind, position: number): CollectedSeries | undefined {
    const expected = this.#positions[position];
    if (expected !== undefined && expected.kind === kind && sameAttributes(expected.attributes, attributes))
      return expected;
    const key = `${kind}${seriesKey(attributes)}`;
    let series = this.#byKey.get(key);
    if (series === undefined) {
      if (this.#byKey.size >= MAX_SERIES) {
        this.#leftOut += 1;
        return undefined;
      }
      series = new CollectedSeries(attributes, kind);
      this.#byKey.set(key, series);
      for (const listener of this.#listeners) listener.onNew(series);
    }
    this.#positions[position] = series;
    return series;
  }

  #forget(nowMs: number): void {
    for (const [key, series] of this.#byKey) {
      if (nowMs - series.seenAtMs < FORGET_AFTER_MS) continue;
      this.#byKey.delete(key);
      const at = this.#positions.indexOf(series);
      if (at >= 0) this.#positions.length = at;
      for (const listener of this.#listeners) listener.onGone(series);
    }
  }
}

const NO_BUCKETS = { boundaries: [] as readonly number[], counts: [] as readonly number[] };

function sameAttributes(a: PointAttributes, b: PointAttributes): boolean {
  if (a === b) return true;
  let count = 0;
  for (const name in a) {
    if (a[name] !== b[name]) return false;
    count += 1;
  }
  for (const _ in b) count -= 1;
  return count === 0;
}

function seriesKey(attributes: PointAttributes): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
