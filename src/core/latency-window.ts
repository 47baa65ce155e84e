import { type LatencySummary, summarizeTally } from './latency-summary.ts';
import { LatencyTally } from './latency-tally.ts';
import { LogBuckets, MAX_SECONDS, MIN_SECONDS } from './log-buckets.ts';
import { isUsableTime, SliceClock } from './slice-clock.ts';

export type { LatencySummary } from './latency-summary.ts';

export interface LatencyWindowOptions {
  /** Length in whole milliseconds, a multiple of `slices`. @default 60000 */
  readonly windowMs?: number;
  /** The window slides in steps of `windowMs / slices`. @default 10 */
  readonly slices?: number;
  /** Largest relative error of a percentile, 0.001 to 0.25. @default 0.01 */
  readonly relativeError?: number;
}

/**
 * Latency of one operation over a sliding window: percentiles with a bounded relative error, exact count, mean, minimum
 * and maximum, in constant memory (at most 50 KB by default, a few KB in practice).
 *
 * Logarithmic buckets in a ring of time slices, each slice with rows of its own. A record costs one logarithm and one
 * increment and allocates nothing unless a row has to grow; expiry clears what a slice used; reading merges the live
 * slices and changes nothing. Time comes with each call, in milliseconds of one monotonic clock; see `SliceClock` for
 * idle gaps and for clocks that go backwards.
 */
export interface LatencyWindow {
  readonly windowMs: number;
  readonly buckets: LogBuckets;
  /** Records ignored since creation: latency or time NaN or infinite, latency negative, either beyond 2^53. */
  readonly rejected: number;
  /** Records outside 1 µs to 1 h since creation: counted in the outermost bucket; mean, min and max stay exact. */
  readonly clamped: number;
  /** Memory of the counting rows. */
  readonly rowBytes: number;
  /** Never throws. `isError` is for windows that keep an error ratio too. */
  record(seconds: number, nowMs: number, isError?: boolean): void;
  /** @throws {RangeError} when a quantile is not between 0 and 1, exclusive */
  summary(nowMs: number, quantiles?: readonly number[]): LatencySummary;
  /** Adds the live slices to a tally of the same layout: the merge of windows. */
  addTo(tally: LatencyTally, nowMs: number): void;
}

class SlicedLatencyWindow implements LatencyWindow {
  readonly buckets: LogBuckets;
  readonly #clock: SliceClock;
  readonly #ring: readonly LatencyTally[];
  #head = 0;
  #current: LatencyTally;
  #rejected = 0;
  #clamped = 0;

  constructor(options: Required<LatencyWindowOptions>) {
    this.buckets = new LogBuckets(options.relativeError);
    this.#clock = new SliceClock(options);
    this.#ring = Array.from({ length: options.slices }, () => new LatencyTally(this.buckets.slotCount));
    this.#current = this.#slice(0);
  }

  get windowMs(): number {
    return this.#clock.windowMs;
  }

  get rejected(): number {
    return this.#rejected;
  }

  get clamped(): number {
    return this.#clamped;
  }

  get rowBytes(): number {
    return this.#ring.reduce((bytes, slice) => bytes + slice.rowBytes, 0);
  }

  record(seconds: number, nowMs: number): void {
    if (!(seconds >= 0 && seconds <= Number.MAX_SAFE_INTEGER && isUsableTime(nowMs))) {
      this.#rejected += 1;
      return;
    }
    const expired = this.#clock.advance(nowMs);
    if (expired > 0) this.#rotate(expired);
    if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) this.#clamped += 1;
    // Adding 0 turns -0 into 0.
    this.#current.add(this.buckets.slotOf(seconds), seconds + 0);
  }

  summary(nowMs: number, quantiles?: readonly number[]): LatencySummary {
    return mergeLatencyWindows([this], nowMs, quantiles);
  }

  addTo(tally: LatencyTally, nowMs: number): void {
    const slices = this.#ring.length;
    // Oldest first: the slice after the head expires next.
    for (let age = slices - 1 - this.#clock.expiredAt(nowMs); age >= 0; age--) {
      tally.addAll(this.#slice(this.#head + slices - age));
    }
  }

  #rotate(expired: number): void {
    for (let step = 0; step < expired; step++) {
      this.#head = (this.#head + 1) % this.#ring.length;
      this.#slice(this.#head).clear();
    }
    this.#current = this.#slice(this.#head);
  }

  #slice(index: number): LatencyTally {
    const slice = this.#ring[index % this.#ring.length];
    if (slice === undefined) throw new RangeError(`no slice ${index}`);
    return slice;
  }
}

/**
 * Creates an empty window.
 *
 * @throws {RangeError} when an option is out of range
 */
export function createLatencyWindow(options: LatencyWindowOptions = {}): LatencyWindow {
  return new SlicedLatencyWindow({
    windowMs: options.windowMs ?? 60_000,
    slices: options.slices ?? 10,
    relativeError: options.relativeError ?? 0.01,
  });
}

/**
 * Summary of several windows taken together at one instant, the same as that of one window given all their records.
 * Without windows: an empty summary of 0 seconds.
 *
 * @throws {RangeError} when the windows differ in length or layout, or a quantile is not between 0 and 1, exclusive
 */
export function mergeLatencyWindows(
  windows: Iterable<LatencyWindow>,
  nowMs: number,
  quantiles?: readonly number[],
): LatencySummary {
  let first: LatencyWindow | undefined;
  let merged: LatencyTally | undefined;
  for (const window of windows) {
    first ??= window;
    if (window.windowMs !== first.windowMs || window.buckets.relativeError !== first.buckets.relativeError) {
      throw new RangeError('windows of different length or relative error cannot be merged');
    }
    merged ??= new LatencyTally(first.buckets.slotCount);
    window.addTo(merged, nowMs);
  }
  const buckets = first?.buckets ?? new LogBuckets(0.01);
  return summarizeTally(
    merged ?? new LatencyTally(buckets.slotCount),
    buckets,
    (first?.windowMs ?? 0) / 1000,
    quantiles,
  );
}
