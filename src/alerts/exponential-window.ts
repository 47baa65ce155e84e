import { isUsableTime, SliceClock } from '../core/slice-clock.ts';
import { ExponentialCounts } from './exponential-counts.ts';

const SLICES = 60;

/**
 * Counts in exponential buckets over a sliding window, in a ring of 60 slices with the expiry rules of `SliceClock`; what the
 * ring of sums is for fixed buckets. Empty slices take no memory.
 */
export class ExponentialWindow {
  readonly #clock: SliceClock;
  readonly #ring: (ExponentialCounts | undefined)[] = new Array(SLICES);
  #total = new ExponentialCounts();
  #filled = 0;
  #head = 0;

  /** @param windowMs rounded up to whole milliseconds per slice */
  constructor(windowMs: number) {
    this.#clock = new SliceClock({ windowMs: Math.ceil(windowMs / SLICES) * SLICES, slices: SLICES });
  }

  /** Makes `nowMs` the present; unusable times leave the present as it is. */
  advance(nowMs: number): void {
    if (!isUsableTime(nowMs)) return;
    for (let expired = this.#clock.advance(nowMs); expired > 0; expired--) this.#expireOldest();
  }

  /** Adds at the present. */
  add(counts: ExponentialCounts): void {
    let slice = this.#ring[this.#head];
    if (slice === undefined) {
      slice = new ExponentialCounts();
      this.#ring[this.#head] = slice;
      this.#filled += 1;
    }
    slice.add(counts);
    this.#total.add(counts);
  }

  /** Quantile of everything within the window; `undefined` without counts. */
  quantile(quantile: number): number | undefined {
    return this.#total.quantile(quantile);
  }

  #expireOldest(): void {
    this.#head = (this.#head + 1) % SLICES;
    const oldest = this.#ring[this.#head];
    if (oldest === undefined) return;
    this.#ring[this.#head] = undefined;
    this.#filled -= 1;
    // What had to be coarse once need not be for ever: an empty window starts anew.
    if (this.#filled === 0) this.#total = new ExponentialCounts();
    else this.#total.add(oldest, -1);
  }
}
