/**
 * Finds out, per operation and from counts, that latency is not what it was. Evaluated every 5 s on the requests since then.
 *
 * - Level: m = mean of the winsorised ln(latency) of n requests, var = v / n + 0.1², evidence (ln 1.5 / var) (m - mean - ln(1.5) / 2 - se),
 *   limit 12, se being the standard error of the baseline's own mean. A change by less than a factor of 1.22 never adds evidence, so slow wander does not alarm.
 * - Tail: K of n above 1.1 times the normal P95, evidence K ln(p1 / p0) + (n - K) ln((1 - p1) / (1 - p0)) with p0 = 5 %, p1 = 20 %, limit 16.
 *   It sees trouble of the slowest requests that leaves the median alone.
 *
 * The baseline is the last half hour but for the newest minute, made anew every 30 s, from 100 requests in 3 minutes on, and frozen
 * while an alarm stands. An alarm of 15 minutes is the new level, learned from its last 5 minutes. What is too slow for that, a
 * ramp over hours, is found by `HourlyLevels`.
 *
 * Requests needed to see a slow-down by a factor f at spread s: about 12 s² / (ln 1.5 (ln f - ln(1.5) / 2)), 10 to 60 for a
 * doubling: how soon that is depends on the traffic and on nothing else (`expectedDelaySeconds`).
 * Parameters and their measurement: `bench/detection`. Evaluation costs microseconds, recording one look-up and one add.
 */
import { LatencyTally } from '../../core/latency-tally.ts';
import { LogBuckets } from '../../core/log-buckets.ts';
import { Cusum } from './cusum.ts';
import { HourlyLevels } from './hourly-levels.ts';
import { describeBaseline, type LatencyBaseline, winsorised } from './latency-baseline.ts';
import { LatencyHistory, SLICE_MS } from './latency-history.ts';

/** Time between two calls of `tick`. */
export const TICK_MS = 5_000;

const SHIFT = Math.log(1.5);
const LEVEL_LIMIT = 12;
const LEVEL_NOISE = 0.1 ** 2;
/** A baseline of few requests may be wrong by so many standard errors before that counts as evidence. */
const DOUBT = 0.75;
const TAIL_LIMIT = 16;
const TAIL_NORMAL = 0.05;
const TAIL_ALARMING = 0.2;
const RELEARN_MS = 30_000;
const ACCEPT_AFTER_MS = 15 * 60_000;
const ACCEPTED_SLICES = 5;
const GUARD_SLICES = 2;
const FEWEST_REQUESTS = 100;
const FEWEST_SLICES = 3;
/** Layout of the tallies this detector hands on. */
export const BUCKETS: LogBuckets = new LogBuckets(0.01);

/** Which evidence speaks: the level of all requests, the slowest ones, or a ramp over hours. */
export type LatencyChannel = 'level' | 'tail' | 'ramp';

/** An alarm that stands, or stood. */
export interface LatencyDeviation {
  readonly channel: LatencyChannel;
  readonly since: number;
  /** Seconds: the normal median (P95 for the tail), and what the requests since then show. */
  readonly expected: number;
  readonly observed: number;
  /** Requests since the alarm began to build up. */
  readonly requests: number;
}

/** What survives a restart. */
export interface LatencyDetectorState {
  readonly baseline: LatencyBaseline;
  readonly hours: readonly (readonly [hour: number, median: number])[];
}

/** Seconds until a slow-down by `factor` is seen at a rate, for an operation with this spread of ln(latency). */
export function expectedDelaySeconds(factor: number, ratePerSecond: number, spread: number): number {
  const gain = Math.log(factor) - SHIFT / 2;
  if (gain <= 0) return Number.POSITIVE_INFINITY;
  const requests = (LEVEL_LIMIT * spread ** 2) / (SHIFT * gain);
  // Two ticks at least: one alone never carries the whole evidence.
  return Math.max((2 * TICK_MS) / 1000, requests / ratePerSecond);
}

/** Detector of one operation's latency; see the head of the file. */
export class LatencyDetector {
  readonly #tick = new LatencyTally(BUCKETS.slotCount);
  readonly #history = new LatencyHistory(BUCKETS);
  readonly #level = new Cusum(LEVEL_LIMIT);
  readonly #tail = new Cusum(TAIL_LIMIT);
  readonly #hours: HourlyLevels;
  readonly #onTick: ((requests: LatencyTally, nowMs: number) => void) | undefined;
  #baseline: LatencyBaseline | undefined;
  #learnedAt = Number.NEGATIVE_INFINITY;
  /** Requests since the evidence last began to build up. */
  readonly #suspect = new LatencyTally(BUCKETS.slotCount);
  #suspectFrom = 0;
  #alarm: { readonly channel: LatencyChannel; readonly since: number } | undefined;

  /** @param onTick sees the requests of every tick before they are filed, for what else is made of them */
  constructor(state?: LatencyDetectorState, onTick?: (requests: LatencyTally, nowMs: number) => void) {
    this.#onTick = onTick;
    this.#baseline = state?.baseline;
    this.#hours = new HourlyLevels(state?.hours ?? []);
  }

  /** What is normal; `undefined` while there is too little to say. */
  get baseline(): LatencyBaseline | undefined {
    return this.#baseline;
  }

  /** Files the latency of one request. Never throws. */
  record(seconds: number): void {
    if (seconds >= 0) this.#tick.add(BUCKETS.slotOf(seconds), seconds);
  }

  /** Evaluates the requests since the last tick; answers the alarm that stands now. */
  tick(nowMs: number): LatencyDeviation | undefined {
    const tick = this.#tick;
    const baseline = this.#baseline;
    if (baseline !== undefined) this.#judge(tick, baseline, nowMs);
    if (tick.count > 0) this.#history.add(tick, nowMs);
    this.#onTick?.(tick, nowMs);
    const isRamp = this.#hours.add(tick, BUCKETS, nowMs);
    this.#settle(isRamp, nowMs);
    if (this.#alarm === undefined && nowMs - this.#learnedAt >= RELEARN_MS) this.#learn(nowMs);
    tick.clear();
    return this.#deviation();
  }

  /** What to keep over a restart; `undefined` while there is nothing. */
  state(): LatencyDetectorState | undefined {
    return this.#baseline === undefined ? undefined : { baseline: this.#baseline, hours: this.#hours.state() };
  }

  #judge(tick: LatencyTally, baseline: LatencyBaseline, nowMs: number): void {
    const n = tick.count;
    if (n > 0) {
      let sum = 0;
      let slow = 0;
      tick.forEach((slot, count) => {
        sum += winsorised(Math.log(BUCKETS.estimate(slot)), baseline) * count;
        if (slot > baseline.tailSlot) slow += count;
      });
      const variance = baseline.variance / n + LEVEL_NOISE;
      const doubt = DOUBT * Math.sqrt(baseline.variance / baseline.requests + LEVEL_NOISE / baseline.slices);
      this.#level.add((SHIFT / variance) * (sum / n - baseline.mean - SHIFT / 2 - doubt));
      const p0 = Math.max(TAIL_NORMAL, baseline.tailShare);
      const p1 = Math.max(TAIL_ALARMING, Math.min(0.9, 4 * p0));
      this.#tail.add(slow * Math.log(p1 / p0) + (n - slow) * Math.log((1 - p1) / (1 - p0)));
    }
    if (this.#level.sum === 0 && this.#tail.sum === 0) {
      this.#suspect.clear();
      this.#suspectFrom = nowMs;
    } else {
      this.#suspect.addAll(tick);
    }
  }

  /** Begins, ends or accepts an alarm. */
  #settle(isRamp: boolean, nowMs: number): void {
    const channel = this.#level.isAlarming ? 'level' : this.#tail.isAlarming ? 'tail' : isRamp ? 'ramp' : undefined;
    const alarm = this.#alarm;
    if (alarm === undefined) {
      if (channel !== undefined) this.#alarm = { channel, since: this.#suspectFrom === 0 ? nowMs : this.#suspectFrom };
      return;
    }
    if (channel === undefined) {
      this.#alarm = undefined;
      // What happened during the alarm is not what is normal.
      this.#history.forget({ fromMs: alarm.since });
    } else if (nowMs - alarm.since >= ACCEPT_AFTER_MS) {
      this.#history.forget({ beforeMs: nowMs - ACCEPTED_SLICES * SLICE_MS });
      this.#hours.restart();
      this.#level.reset();
      this.#tail.reset();
      this.#alarm = undefined;
      this.#adopt(this.#history.merged(nowMs, {}), ACCEPTED_SLICES, nowMs);
    }
  }

  #learn(nowMs: number): void {
    const slices = this.#history.sliceCount(nowMs, GUARD_SLICES);
    if (slices >= FEWEST_SLICES) this.#adopt(this.#history.merged(nowMs, { guardSlices: GUARD_SLICES }), slices, nowMs);
  }

  #adopt(tally: LatencyTally, slices: number, nowMs: number): void {
    if (tally.count < FEWEST_REQUESTS) return;
    this.#baseline = { ...describeBaseline(tally, BUCKETS), slices };
    this.#learnedAt = nowMs;
  }

  #deviation(): LatencyDeviation | undefined {
    const alarm = this.#alarm;
    const baseline = this.#baseline;
    if (alarm === undefined || baseline === undefined) return undefined;
    const isTail = alarm.channel === 'tail';
    const seen = this.#suspect.count > 0 ? this.#suspect : this.#tick;
    const rank = Math.max(1, Math.ceil((isTail ? 0.95 : 0.5) * seen.count));
    const normal = alarm.channel === 'ramp' ? this.#hours.normal() : Math.exp(baseline.median);
    return {
      ...alarm,
      expected: isTail ? baseline.p95 : normal,
      observed: seen.count === 0 ? Math.exp(baseline.median) : BUCKETS.estimate(seen.slotAtRank(rank)),
      requests: seen.count,
    };
  }
}
