/** Buckets of one sign: how many by index; index `i` at scale `s` is `(2^(i/2^s), 2^((i+1)/2^s)]` away from zero. */
type Buckets = Map<number, number>;

/** What a collected point of an exponential histogram says about its buckets. */
export interface ExponentialPoint {
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: { readonly offset: number; readonly bucketCounts: readonly number[] };
  readonly negative: { readonly offset: number; readonly bucketCounts: readonly number[] };
}

/** Buckets of one sign kept at most; the scale falls until they fit. Twice what the SDK's own histograms hold. */
const MAX_BUCKETS = 320;
/** Scales of the data model; a point beyond is not looked at. */
const LEAST_SCALE = -10;
const MOST_SCALE = 20;

/**
 * Counts in exponential buckets, whose scale falls as it has to: to the coarsest of what is added, and until the buckets fit.
 * Two neighbouring buckets become one at each step, so counts stay exact whatever scale they were taken at (OpenTelemetry
 * metrics data model, "Exponential histogram", perfect subsetting).
 */
export class ExponentialCounts {
  #scale = MOST_SCALE;
  #zero = 0;
  #positive: Buckets = new Map();
  #negative: Buckets = new Map();

  static of({ scale, zeroCount, positive, negative }: ExponentialPoint): ExponentialCounts {
    const counts = new ExponentialCounts();
    if (!Number.isInteger(scale) || scale < LEAST_SCALE || scale > MOST_SCALE) return counts;
    counts.#scale = scale;
    counts.#zero = zeroCount;
    counts.#positive = bucketsOf(positive);
    counts.#negative = bucketsOf(negative);
    counts.#fit();
    return counts;
  }

  /** The bounds of a bucket are `2^(2^-scale)` times apart. */
  get scale(): number {
    return this.#scale;
  }

  /** Adds, or with `sign` −1 takes away, what `other` holds; it stays as it is. */
  add(other: ExponentialCounts, sign: 1 | -1 = 1): void {
    this.#lowerTo(other.#scale);
    const shift = other.#scale - this.#scale;
    this.#zero += sign * other.#zero;
    addAll(this.#positive, other.#positive, shift, sign);
    addAll(this.#negative, other.#negative, shift, sign);
    this.#fit();
  }

  /** Growth since `before`, of the same series; at this one's scale or coarser. */
  since(before: ExponentialCounts): ExponentialCounts {
    const growth = new ExponentialCounts();
    growth.add(this);
    growth.add(before, -1);
    return growth;
  }

  /**
   * Quantile of all counts. Within a bucket it is interpolated exponentially, as Prometheus does with native histograms; the
   * bucket of zero answers 0.
   *
   * @returns `undefined` without counts
   */
  quantile(quantile: number): number | undefined {
    const width = 2 ** -this.#scale;
    const negative = sorted(this.#negative).reverse();
    const positive = sorted(this.#positive);
    let total = this.#zero;
    for (const [, count] of negative) total += count;
    for (const [, count] of positive) total += count;
    if (total <= 0) return undefined;
    const rank = quantile * total;
    let below = 0;
    let answer = 0;
    for (const [index, count] of negative) {
      // Beyond zero the bucket is walked from its far end to its near one.
      answer = -(2 ** ((index + 1 - Math.max(0, rank - below) / count) * width));
      below += count;
      if (below >= rank) return answer;
    }
    if (this.#zero > 0) {
      answer = 0;
      below += this.#zero;
      if (below >= rank) return answer;
    }
    for (const [index, count] of positive) {
      answer = 2 ** ((index + Math.max(0, rank - below) / count) * width);
      below += count;
      if (below >= rank) return answer;
    }
    return answer;
  }

  #fit(): void {
    while ((this.#positive.size > MAX_BUCKETS || this.#negative.size > MAX_BUCKETS) && this.#scale > LEAST_SCALE) {
      this.#lowerTo(this.#scale - 1);
    }
  }

  #lowerTo(scale: number): void {
    if (scale >= this.#scale) return;
    const shift = this.#scale - scale;
    this.#positive = shifted(this.#positive, shift);
    this.#negative = shifted(this.#negative, shift);
    this.#scale = scale;
  }
}

function bucketsOf({ offset, bucketCounts }: ExponentialPoint['positive']): Buckets {
  const buckets: Buckets = new Map();
  for (let at = 0; at < bucketCounts.length; at++) {
    const count = bucketCounts[at] ?? 0;
    if (count > 0) buckets.set(offset + at, count);
  }
  return buckets;
}

function addAll(to: Buckets, from: Buckets, shift: number, sign: 1 | -1): void {
  for (const [index, count] of from) {
    const at = index >> shift;
    const sum = (to.get(at) ?? 0) + sign * count;
    if (sum > 0) to.set(at, sum);
    else to.delete(at);
  }
}

function shifted(buckets: Buckets, shift: number): Buckets {
  const result: Buckets = new Map();
  addAll(result, buckets, shift, 1);
  return result;
}

function sorted(buckets: Buckets): (readonly [number, number])[] {
  return [...buckets].sort(([a], [b]) => a - b);
}
