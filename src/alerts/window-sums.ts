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
    for (let expired = this.#clock.advance(nowMs); expired > 0; expired--) this.#expireOldest();
  }

  /** Adds to one figure at the present. */
  add(figure: number, amount: number): void {
    const at = this.#head * this.#width + figure;
    this.#ring[at] = (this.#ring[at] ?? 0) + amount;
    this.#totals[figure] = (this.#totals[figure] ?? 0) + amount;
  }

  /** Sum of one figure over the window. */
  total(figure: number): number {
    return this.#totals[figure] ?? 0;
  }

  /** Sums of all figures, for reading at once. */
  totals(): Float64Array {
    return this.#totals;
  }

  #expireOldest(): void {
    const width = this.#width;
    this.#head = (this.#head + 1) % SLICES;
    const from = this.#head * width;
    for (let figure = 0; figure < width; figure++) {
      this.#totals[figure] = (this.#totals[figure] ?? 0) - (this.#ring[from + figure] ?? 0);
      this.#ring[from + figure] = 0;
    }
    // Subtracting fractions leaves dust behind: once a window everything is added up anew.
    if (this.#head === 0) this.#addUp();
  }

  #addUp(): void {
    const width = this.#width;
    this.#totals.fill(0);
    for (let at = 0; at < this.#ring.length; at++) {
      this.#totals[at % width] = (this.#totals[at % width] ?? 0) + (this.#ring[at] ?? 0);
    }
  }
}
