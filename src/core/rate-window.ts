import { isUsableTime, SliceClock } from './slice-clock.ts';

export interface RateWindowOptions {
  /** Length in whole milliseconds, a multiple of `slices`. @default 60000 */
  readonly windowMs?: number;
  /** The window slides in steps of `windowMs / slices`. @default 10 */
  readonly slices?: number;
  /** Since when events could have been seen, on the clock of `nowMs`. @default time of the first record */
  readonly startMs?: number;
}

/**
 * Events and errors per time over a sliding window, with the expiry rules of `SliceClock`. Reading changes nothing.
 */
export interface RateWindow {
  /** Records ignored because their time was not usable, such as NaN. */
  readonly rejected: number;
  /** Counts one event. Never throws. */
  record(nowMs: number, isError?: boolean): void;
  /** Events within the window, errors included. */
  count(nowMs: number): number;
  errors(nowMs: number): number;
  /**
   * Events per second of observed time: what the live slices cover, less while the window is younger than its length,
   * and at least one second (or slice, when shorter), so that the very first event is not an infinite rate.
   */
  ratePerSecond(nowMs: number): number;
}

const SHORTEST_OBSERVATION_MS = 1000;

class SlicedRateWindow implements RateWindow {
  readonly #clock: SliceClock;
  readonly #events: Uint32Array;
  readonly #errors: Uint32Array;
  #head = 0;
  #rejected = 0;

  constructor(windowMs: number, slices: number, startMs: number | undefined) {
    this.#clock = new SliceClock({ windowMs, slices }, startMs);
    this.#events = new Uint32Array(slices);
    this.#errors = new Uint32Array(slices);
  }

  get rejected(): number {
    return this.#rejected;
  }

  record(nowMs: number, isError = false): void {
    if (!isUsableTime(nowMs)) {
      this.#rejected += 1;
      return;
    }
    for (let expired = this.#clock.advance(nowMs); expired > 0; expired--) {
      this.#head = (this.#head + 1) % this.#events.length;
      this.#events[this.#head] = 0;
      this.#errors[this.#head] = 0;
    }
    this.#events[this.#head] = (this.#events[this.#head] ?? 0) + 1;
    if (isError) this.#errors[this.#head] = (this.#errors[this.#head] ?? 0) + 1;
  }

  count(nowMs: number): number {
    return this.#live(this.#events, nowMs);
  }

  errors(nowMs: number): number {
    return this.#live(this.#errors, nowMs);
  }

  ratePerSecond(nowMs: number): number {
    const shortestMs = Math.min(SHORTEST_OBSERVATION_MS, this.#clock.sliceMs);
    return (this.count(nowMs) / Math.max(this.#clock.observedMs(nowMs), shortestMs)) * 1000;
  }

  #live(counts: Uint32Array, nowMs: number): number {
    const slices = counts.length;
    let total = 0;
    for (let age = slices - 1 - this.#clock.expiredAt(nowMs); age >= 0; age--) {
      total += counts[(this.#head + slices - age) % slices] ?? 0;
    }
    return total;
  }
}

/**
 * Creates an empty window.
 *
 * @throws {RangeError} when an option is out of range
 */
export function createRateWindow(options: RateWindowOptions = {}): RateWindow {
  const { windowMs = 60_000, slices = 10, startMs } = options;
  if (startMs !== undefined && !isUsableTime(startMs)) {
    throw new RangeError(`startMs must be a time in milliseconds, got ${startMs}`);
  }
  return new SlicedRateWindow(windowMs, slices, startMs);
}
