/**
 * Exponential histograms as classic buckets, because the text format has no other.
 *
 * Bucket `i` of an exponential histogram of scale `s` holds values in `(b^i, b^(i+1)]` with `b = 2^(2^-s)`; going one scale
 * down merges pairs (`i >> 1`), so every boundary of a lower scale is one of the higher too and the counts stay exact.
 * All series of a stream are brought to one grid, since mixed `le` sets break sums over series: the largest scale that no
 * series lies below, at most `MAX_SCALE` (boundaries 19 % apart), lowered until the range fits `MAX_BUCKETS`.
 * Cost per call: number of series times number of buckets.
 * Source: OpenTelemetry metrics data model, "ExponentialHistogram".
 */
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';

const MAX_SCALE = 2;
const MAX_BUCKETS = 160;

/** Explicit buckets shared by all points of a stream. */
export interface ExplicitBuckets {
  /** Upper bounds, ascending, without infinity. */
  readonly boundaries: readonly number[];
  /** Per point, one count per boundary (not cumulative). */
  readonly counts: readonly (readonly number[])[];
}

type Half = ExponentialHistogram['positive'];

interface Range {
  first: number;
  last: number;
}

/** Brings the points of one stream to classic buckets on a common grid. */
export function explicitBuckets(points: readonly ExponentialHistogram[]): ExplicitBuckets {
  let scale = points.reduce((lowest, point) => Math.min(lowest, point.scale), MAX_SCALE);
  let positive = range(points, 'positive', scale);
  let negative = range(points, 'negative', scale);
  while (width(positive) > MAX_BUCKETS || width(negative) > MAX_BUCKETS) {
    scale -= 1;
    positive = range(points, 'positive', scale);
    negative = range(points, 'negative', scale);
  }
  const zero = negative !== undefined || points.some((point) => point.zeroCount > 0);
  const negativeWidth = width(negative);
  const zeroAt = negativeWidth;
  const positiveAt = negativeWidth + (zero ? 1 : 0);
  const size = positiveAt + width(positive);

  const boundaries = new Array<number>(size);
  for (let k = 0; k < negativeWidth; k += 1) boundaries[k] = -boundary((negative?.last ?? 0) - k, scale);
  if (zero) boundaries[zeroAt] = 0;
  for (let k = positiveAt; k < size; k += 1)
    boundaries[k] = boundary((positive?.first ?? 0) + k - positiveAt + 1, scale);

  const counts = points.map((point) => {
    const row = new Array<number>(size).fill(0);
    each(point, 'negative', scale, (index, count) => add(row, (negative?.last ?? 0) - index, count));
    if (zero) add(row, zeroAt, point.zeroCount);
    each(point, 'positive', scale, (index, count) => add(row, positiveAt + index - (positive?.first ?? 0), count));
    return row;
  });
  return { boundaries, counts };
}

/** Lower bound of bucket `index`, which is the upper bound of the bucket before it. */
function boundary(index: number, scale: number): number {
  return 2 ** (index / 2 ** scale);
}

function add(row: number[], at: number, count: number): void {
  row[at] = (row[at] ?? 0) + count;
}

function width(found: Range | undefined): number {
  return found === undefined ? 0 : found.last - found.first + 1;
}

function each(
  point: ExponentialHistogram,
  half: 'positive' | 'negative',
  scale: number,
  visit: (index: number, count: number) => void,
): void {
  const { offset, bucketCounts }: Half = point[half];
  const merged = 2 ** (point.scale - scale);
  bucketCounts.forEach((count, k) => {
    if (count > 0) visit(Math.floor((offset + k) / merged), count);
  });
}

function range(
  points: readonly ExponentialHistogram[],
  half: 'positive' | 'negative',
  scale: number,
): Range | undefined {
  const found: Range = { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY };
  for (const point of points) {
    each(point, half, scale, (index) => {
      found.first = Math.min(found.first, index);
      found.last = Math.max(found.last, index);
    });
  }
  return found.first <= found.last ? found : undefined;
}
