import { isUsableTime, SliceClock } from '../core/slice-clock.ts';

/** Slices of a window: at a collection a second, those of a minute hold one collection each. */
const SLICES = 60;

/**
 * Sums of several figures over a sliding window, in a ring of 60 slices with the expiry rules of `SliceClock`.
 * Memory: `60 · width · 8` bytes, whatever is added.
 */
export class WindowSums {
  readonly #clock: SliceClock;
  readonly #width: number;
  readonly #ring: Float64Array;
  readonly #totals: Float64Array;
  #head = 0;

  /**
   * @param windowMs rounded up to whole milliseconds per slice
   * @param width figures summed side by side
   */
  constructor(windowMs: number, width: number) {
    this.#clock = new SliceClock({ windowMs: Math.ceil(windowMs / SLICES) * SLICES, slices: SLICES });
    this.#width = width;
    this.#ring = new Float64Array(SLICES * width);
    this.#totals = new Float64Array(width);
  }

  /** Makes `nowMs` the present; unusable times leave the present as it is. */
  advance(nowMs: number): void {
    if (!isUsableTime(nowMs)) return;
    for (let expired = this.#clock.advance(nowMs); expired > 0; expired--) {
      this.#head = (this.#head + 1) % SLICES;
      this.#ring.fill(0, this.#head * this.#width, (this.#head + 1) * this.#width);
    }
  }

  /** Adds to one figure at the present. */
  add(figure: number, amount: number): void {
    const at = this.#head * this.#width + figure;
    this.#ring[at] = (this.#ring[at] ?? 0) + amount;
  }

  /** Sum of one figure over the window. */
  total(figure: number): number {
    let sum = 0;
    for (let at = figure; at < this.#ring.length; at += this.#width) sum += this.#ring[at] ?? 0;
    return sum;
  }

  /** Sums of all figures; the array is reused by the next call. */
  totals(): Float64Array {
    const width = this.#width;
    this.#totals.fill(0);
    for (let at = 0; at < this.#ring.length; at += width) {
      for (let figure = 0; figure < width; figure++) {
        this.#totals[figure] = (this.#totals[figure] ?? 0) + (this.#ring[at + figure] ?? 0);
      }
    }
    return this.#totals;
  }
}
