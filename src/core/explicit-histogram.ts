/**
 * Explicit-bucket histogram accumulator: one series of an instrument, resolved once so that recording is an index and an add.
 *
 * Buckets follow OpenTelemetry: bucket `i` holds values in `(boundaries[i-1], boundaries[i]]`, the last one the rest.
 * A value that is not finite or is negative is not recorded and `record` answers `false`: the caller counts it.
 */
export class ExplicitHistogram {
  readonly boundaries: readonly number[];
  readonly counts: Float64Array;
  count = 0;
  sum = 0;
  min: number = Number.POSITIVE_INFINITY;
  max: number = Number.NEGATIVE_INFINITY;

  constructor(boundaries: readonly number[]) {
    this.boundaries = boundaries;
    this.counts = new Float64Array(boundaries.length + 1);
  }

  record(value: number): boolean {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return false;
    const boundaries = this.boundaries;
    let low = 0;
    let high = boundaries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (boundaries[middle] as number)) high = middle;
      else low = middle + 1;
    }
    this.counts[low] = (this.counts[low] as number) + 1;
    this.count += 1;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    return true;
  }
}
