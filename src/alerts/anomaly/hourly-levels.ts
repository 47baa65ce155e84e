import { LatencyTally } from '../../core/latency-tally.ts';
import type { LogBuckets } from '../../core/log-buckets.ts';

const HOUR_MS = 3_600_000;
const HOURS = 26;
/** A ramp is called one at twice the normal level, and over again at 1.6 times. */
const RAMP = Math.log(2);
const OVER = Math.log(1.6);
const FEWEST_HOURS = 3;
const FEWEST_REQUESTS = 100;
const RECENT_MS = 600_000;

/**
 * Medians of the last 24 hours, for changes too slow for a baseline that moves along with them. The last 10 minutes are
 * compared with the smaller of two: the median of the hours, and the same hour of yesterday where that is higher and known, so
 * that a daily rhythm is no ramp.
 */
export class HourlyLevels {
  /** Hour since the epoch to ln(median seconds), in order of time. */
  readonly #hours: [hour: number, median: number][];
  #current: { hour: number; tally: LatencyTally } | undefined;
  #recent: { slot: number; tally: LatencyTally; median: number | undefined } | undefined;
  #isRamp = false;

  constructor(hours: readonly (readonly [number, number])[]) {
    this.#hours = hours.slice(-HOURS).map(([hour, median]) => [hour, median]);
  }

  /** Files the requests of a tick; answers whether the level has crept away. */
  add(tick: LatencyTally, buckets: LogBuckets, nowMs: number): boolean {
    if (tick.count === 0) return this.#isRamp;
    const hour = Math.floor(nowMs / HOUR_MS);
    if (this.#current === undefined || hour > this.#current.hour) this.#turn(hour, buckets);
    this.#current?.tally.addAll(tick);
    const slot = Math.floor(nowMs / RECENT_MS);
    if (this.#recent === undefined || slot > this.#recent.slot) {
      const done = this.#recent?.tally;
      const median = done !== undefined && done.count >= FEWEST_REQUESTS ? logMedian(done, buckets) : undefined;
      this.#recent = { slot, tally: new LatencyTally(buckets.slotCount), median };
      this.#judge(hour, median);
    }
    this.#recent.tally.addAll(tick);
    return this.#isRamp;
  }

  /** What is normal over the day, in seconds; NaN while nothing is known. */
  normal(): number {
    const sorted = this.#hours.map(([, median]) => median).sort((a, b) => a - b);
    return Math.exp(sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN);
  }

  /** Forgets everything: a new level has been accepted. */
  restart(): void {
    this.#hours.length = 0;
    this.#current = undefined;
    this.#recent = undefined;
    this.#isRamp = false;
  }

  state(): readonly (readonly [number, number])[] {
    return this.#hours.map(([hour, median]) => [hour, median] as const);
  }

  #turn(hour: number, buckets: LogBuckets): void {
    const done = this.#current;
    if (done !== undefined && done.tally.count >= FEWEST_REQUESTS && !this.#isRamp) {
      this.#hours.push([done.hour, logMedian(done.tally, buckets)]);
    }
    // Hours still to come were learned under a clock that was ahead; they would stand for ever.
    const kept = this.#hours.filter(([known]) => known > hour - HOURS && known <= hour);
    this.#hours.splice(0, this.#hours.length, ...kept);
    this.#current = { hour, tally: new LatencyTally(buckets.slotCount) };
  }

  #judge(hour: number, recent: number | undefined): void {
    if (recent === undefined || this.#hours.length < FEWEST_HOURS) return;
    const yesterday = this.#hours.find(([known]) => known === hour - 24)?.[1] ?? Number.NEGATIVE_INFINITY;
    const above = recent - Math.max(Math.log(this.normal()), yesterday);
    this.#isRamp = above > (this.#isRamp ? OVER : RAMP);
  }
}

function logMedian(tally: LatencyTally, buckets: LogBuckets): number {
  return Math.log(buckets.estimate(tally.slotAtRank(Math.ceil(tally.count / 2))));
}
