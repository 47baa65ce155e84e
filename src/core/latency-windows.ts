import { type LatencySummary, summarizeTally } from './latency-summary.ts';
import { LatencyTally } from './latency-tally.ts';
import type { LatencyWindow } from './latency-window.ts';
import { LogBuckets, MAX_SECONDS, MIN_SECONDS } from './log-buckets.ts';
import type { WindowFigures } from './model/objective.ts';
import { isUsableTime, SliceClock, type SliceOptions } from './slice-clock.ts';

/** The windows beside the first one, which is a setting: 5 min and 1 h. */
const LONG_WINDOWS: readonly SliceOptions[] = [
  { windowMs: 300_000, slices: 5 },
  { windowMs: 3_600_000, slices: 6 },
];

const RELATIVE_ERROR = 0.01;

/** Below this a rate over the time observed so far says nothing: the very first event would be an infinite one. */
const SHORTEST_OBSERVATION_MS = 1000;

/** One of the windows: finished slices in a ring. What has been recorded since the last rotation is not in it yet. */
class SliceRing {
  readonly clock: SliceClock;
  readonly #tallies: readonly LatencyTally[];
  readonly #errors: Float64Array;
  #head = 0;

  constructor(options: SliceOptions, slotCount: number) {
    this.clock = new SliceClock(options);
    this.#tallies = Array.from({ length: options.slices }, () => new LatencyTally(slotCount));
    this.#errors = new Float64Array(options.slices);
  }

  get rowBytes(): number {
    return this.#tallies.reduce((bytes, tally) => bytes + tally.rowBytes, 0);
  }

  /** Adds what was recorded while the current slice was the current one. */
  absorb(pending: LatencyTally, errors: number): void {
    this.#tally(this.#head).addAll(pending);
    this.#errors[this.#head] = (this.#errors[this.#head] ?? 0) + errors;
  }

  rotate(expired: number): void {
    for (let step = 0; step < expired; step++) {
      this.#head = (this.#head + 1) % this.#tallies.length;
      this.#tally(this.#head).clear();
      this.#errors[this.#head] = 0;
    }
  }

  /** Adds the live slices to `into`; answers their errors. `undefined` when even the current slice has expired. */
  addTo(into: LatencyTally, nowMs: number): number | undefined {
    const slices = this.#tallies.length;
    const live = slices - this.clock.expiredAt(nowMs);
    if (live <= 0) return undefined;
    let errors = 0;
    // Oldest first: the slice after the head expires next.
    for (let age = live - 1; age >= 0; age--) {
      const index = (this.#head + slices - age) % slices;
      into.addAll(this.#tally(index));
      errors += this.#errors[index] ?? 0;
    }
    return errors;
  }

  #tally(index: number): LatencyTally {
    const tally = this.#tallies[index];
    if (tally === undefined) throw new RangeError(`no slice ${index}`);
    return tally;
  }
}

/**
 * Latency, errors and rate of one operation over three sliding windows at once: a short one (60 s by default, 10 slices), 5 min
 * (5 slices) and 1 h (6 slices).
 *
 * A record is added once, to what is pending; when a slice of any window ends, the pending records are merged into the current
 * slice of every window. Merging is exact, so each window holds the same as if it had been given every record. As a
 * `LatencyWindow` it is the short window. See `SliceClock` for idle gaps and for clocks that go backwards.
 */
export class LatencyWindows implements LatencyWindow {
  readonly buckets: LogBuckets = new LogBuckets(RELATIVE_ERROR);
  readonly #rings: readonly SliceRing[];
  readonly #short: SliceRing;
  readonly #pending: LatencyTally;
  #pendingErrors = 0;
  #rejected = 0;
  #clamped = 0;
  /** Between these times no slice of any window ends. */
  #fromMs: number = Number.POSITIVE_INFINITY;
  #toMs: number = Number.NEGATIVE_INFINITY;

  /**
   * @param windowMs length of the short window, a multiple of 10
   * @throws {RangeError} when it is not
   */
  constructor(windowMs = 60_000) {
    const { slotCount } = this.buckets;
    this.#short = new SliceRing({ windowMs, slices: 10 }, slotCount);
    this.#rings = [this.#short, ...LONG_WINDOWS.map((options) => new SliceRing(options, slotCount))];
    this.#pending = new LatencyTally(slotCount);
  }

  get windowMs(): number {
    return this.#short.clock.windowMs;
  }

  get rejected(): number {
    return this.#rejected;
  }

  get clamped(): number {
    return this.#clamped;
  }

  get rowBytes(): number {
    return this.#rings.reduce((bytes, ring) => bytes + ring.rowBytes, this.#pending.rowBytes);
  }

  record(seconds: number, nowMs: number, isError = false): void {
    if (!(seconds >= 0 && seconds <= Number.MAX_SAFE_INTEGER)) {
      this.#rejected += 1;
      return;
    }
    if (!(nowMs >= this.#fromMs && nowMs < this.#toMs)) {
      if (!isUsableTime(nowMs)) {
        this.#rejected += 1;
        return;
      }
      this.#advance(nowMs);
    }
    if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) this.#clamped += 1;
    // Adding 0 turns -0 into 0.
    this.#pending.add(this.buckets.slotOf(seconds), seconds + 0);
    if (isError) this.#pendingErrors += 1;
  }

  summary(nowMs: number, quantiles?: readonly number[]): LatencySummary {
    return this.short(nowMs, quantiles).latency;
  }

  addTo(tally: LatencyTally, nowMs: number): void {
    if (this.#short.addTo(tally, nowMs) !== undefined) tally.addAll(this.#pending);
  }

  /** The short window. Reading changes nothing. */
  short(nowMs: number, quantiles?: readonly number[]): WindowFigures {
    return this.#figures(this.#short, nowMs, quantiles);
  }

  /** All windows, the shortest first. Reading changes nothing. */
  figures(nowMs: number): WindowFigures[] {
    return this.#rings.map((ring) => this.#figures(ring, nowMs));
  }

  #figures(ring: SliceRing, nowMs: number, quantiles?: readonly number[]): WindowFigures {
    const tally = new LatencyTally(this.buckets.slotCount);
    let errors = ring.addTo(tally, nowMs);
    if (errors !== undefined) {
      tally.addAll(this.#pending);
      errors += this.#pendingErrors;
    }
    const windowSeconds = ring.clock.windowMs / 1000;
    const observedMs = Math.max(ring.clock.observedMs(nowMs), Math.min(SHORTEST_OBSERVATION_MS, ring.clock.sliceMs));
    return {
      windowSeconds,
      ratePerSecond: (tally.count / observedMs) * 1000,
      errorRatio: tally.count === 0 ? undefined : (errors ?? 0) / tally.count,
      latency: summarizeTally(tally, this.buckets, windowSeconds, quantiles),
    };
  }

  /** Moves all windows to a time. Between two rotations the pending records lie in the current slice of every window. */
  #advance(nowMs: number): void {
    let isPending = true;
    for (const ring of this.#rings) {
      const expired = ring.clock.advance(nowMs);
      if (expired === 0) continue;
      if (isPending) {
        this.#absorb();
        isPending = false;
      }
      ring.rotate(expired);
    }
    this.#fromMs = Math.max(...this.#rings.map((ring) => ring.clock.fromMs));
    this.#toMs = Math.min(...this.#rings.map((ring) => ring.clock.toMs));
  }

  #absorb(): void {
    if (this.#pending.count === 0) return;
    for (const ring of this.#rings) ring.absorb(this.#pending, this.#pendingErrors);
    this.#pending.clear();
    this.#pendingErrors = 0;
  }
}
