/** Smallest and largest latency told apart; values outside fall into the first or the last bucket. */
export const MIN_SECONDS = 1e-6;
export const MAX_SECONDS = 3600;

/**
 * Logarithmic bucket layout of a latency sketch.
 *
 * With a = `relativeError` and gamma = (1 + a) / (1 - a), bucket i holds the values in (gamma^(i-1), gamma^i] and is
 * represented by 2 * gamma^i / (gamma + 1), which is at most a (relative) away from every value of the bucket. A slot is
 * i shifted so that the bucket of 1 µs is slot 0; at 1 % the range of 1 µs to 1 h takes 1,101 slots. Cost of a look-up:
 * one logarithm. Slots of two layouts with the same `relativeError` mean the same, so counts can be added.
 *
 * Source: Masson, Rim, Lee: "DDSketch", PVLDB 12(12), 2019, section 2.2.
 */
export class LogBuckets {
  readonly relativeError: number;
  readonly slotCount: number;
  readonly #logGamma: number;
  readonly #perLog: number;
  readonly #offset: number;

  /** @throws {RangeError} when `relativeError` is not within 0.001 to 0.25 */
  constructor(relativeError: number) {
    if (!(relativeError >= 0.001 && relativeError <= 0.25)) {
      throw new RangeError(`relativeError must be within 0.001 to 0.25, got ${relativeError}`);
    }
    this.relativeError = relativeError;
    this.#logGamma = Math.log1p(relativeError) - Math.log1p(-relativeError);
    this.#perLog = 1 / this.#logGamma;
    this.#offset = Math.ceil(Math.log(MIN_SECONDS) * this.#perLog);
    this.slotCount = Math.ceil(Math.log(MAX_SECONDS) * this.#perLog) - this.#offset + 1;
  }

  /** Slot of a latency, 0 to `slotCount - 1`. The caller has excluded NaN. */
  slotOf(seconds: number): number {
    if (seconds <= MIN_SECONDS) return 0;
    if (seconds >= MAX_SECONDS) return this.slotCount - 1;
    return Math.ceil(Math.log(seconds) * this.#perLog) - this.#offset;
  }

  /** Representative latency of a slot. */
  estimate(slot: number): number {
    return this.upperBound(slot) * (1 - this.relativeError);
  }

  /** Lower edge of a slot in seconds; exclusive. */
  lowerBound(slot: number): number {
    return this.upperBound(slot - 1);
  }

  /** Upper edge of a slot in seconds; inclusive. The last slot also holds clamped values above it. */
  upperBound(slot: number): number {
    return Math.exp((slot + this.#offset) * this.#logGamma);
  }
}
