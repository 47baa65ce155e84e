/** Shape of a sliding window: `windowMs` is cut into `slices` equal slices that expire one by one. */
export interface SliceOptions {
  /** Length of the window in whole milliseconds, a multiple of `slices`. */
  readonly windowMs: number;
  /** 2 to 600; the window slides in steps of `windowMs / slices`. */
  readonly slices: number;
}

/** Whether a time can be placed: a number of milliseconds exact to the millisecond, which excludes NaN and infinities. */
export function isUsableTime(nowMs: number): boolean {
  return nowMs >= Number.MIN_SAFE_INTEGER && nowMs <= Number.MAX_SAFE_INTEGER;
}

/**
 * Time-keeping of a ring of slices: says how many slices have expired, from elapsed time and never from the number of
 * events, so that an idle gap of at least the window always expires everything.
 *
 * A clock that goes backwards by less than the window stays in the current slice until it has caught up. A jump back by
 * the window or more also keeps all data and the current slice, and time goes on from the new reading, so that one
 * wrong reading in the far future cannot stop expiry for good. Only `advance` moves; reading never does.
 */
export class SliceClock {
  readonly windowMs: number;
  readonly slices: number;
  readonly sliceMs: number;
  #slice = Number.NEGATIVE_INFINITY;
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.NEGATIVE_INFINITY;
  #startMs: number | undefined;

  /**
   * @param startMs since when there is something to observe; default: the first `advance`
   * @throws {RangeError} when the window cannot be cut into whole milliseconds
   */
  constructor(options: SliceOptions, startMs?: number) {
    const { windowMs, slices } = options;
    if (!Number.isInteger(slices) || slices < 2 || slices > 600) {
      throw new RangeError(`slices must be an integer of 2 to 600, got ${slices}`);
    }
    if (!Number.isSafeInteger(windowMs) || windowMs <= 0 || windowMs % slices !== 0) {
      throw new RangeError(`windowMs must be a positive multiple of slices (${slices}), got ${windowMs}`);
    }
    this.windowMs = windowMs;
    this.slices = slices;
    this.sliceMs = windowMs / slices;
    this.#startMs = startMs;
  }

  /** Where the current slice begins; infinite before the first `advance`. */
  get fromMs(): number {
    return this.#fromMs;
  }

  /** Where the current slice ends, exclusive. */
  get toMs(): number {
    return this.#toMs;
  }

  /** Moves to the slice of a usable `nowMs`; returns how many slices expired on the way, at most `slices`. */
  advance(nowMs: number): number {
    if (nowMs >= this.#fromMs && nowMs < this.#toMs) return 0;
    const slice = this.#sliceOf(nowMs);
    const elapsed = slice - this.#slice;
    if (elapsed <= 0 && elapsed > -this.slices) return 0;
    if (this.#startMs === undefined) this.#startMs = nowMs;
    else if (elapsed < 0) this.#startMs += elapsed * this.sliceMs;
    this.#slice = slice;
    this.#fromMs = slice * this.sliceMs;
    this.#toMs = this.#fromMs + this.sliceMs;
    return elapsed < 0 ? 0 : Math.min(elapsed, this.slices);
  }

  /** How many slices will have expired at `nowMs`, at most `slices`. An unusable `nowMs` counts as the current slice. */
  expiredAt(nowMs: number): number {
    if (!isUsableTime(nowMs) || nowMs < this.#toMs) return 0;
    return Math.min(this.#sliceOf(nowMs) - this.#slice, this.slices);
  }

  /** How much time the live slices cover at `nowMs`, in milliseconds: the window, or less when observation is younger. */
  observedMs(nowMs: number): number {
    if (this.#startMs === undefined || this.#slice === Number.NEGATIVE_INFINITY) return 0;
    const readMs = isUsableTime(nowMs) ? Math.max(nowMs, this.#fromMs) : this.#fromMs;
    const oldestLive = Math.max(this.#sliceOf(readMs), this.#slice) - this.slices + 1;
    return Math.max(0, readMs - Math.max(oldestLive * this.sliceMs, this.#startMs));
  }

  #sliceOf(nowMs: number): number {
    // Whole milliseconds divided by whole milliseconds round correctly under floor; fractions would not.
    return Math.floor(Math.floor(nowMs) / this.sliceMs);
  }
}
