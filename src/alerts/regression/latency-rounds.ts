import { LatencyTally } from '../../core/latency-tally.ts';
import type { LogBuckets } from '../../core/log-buckets.ts';
import { NO_SAMPLES, type SampleMoments, withSample } from '../../core/welch.ts';

/** A round is as long as it takes to know a P95: a minute, and 100 requests. */
const ROUND_MS = 60_000;
const ROUND_REQUESTS = 100;
/** What is compared with the baseline: the newest rounds. */
const RECENT_ROUNDS = 24;

/** ln(P95 in seconds) of one round. */
export type Round = number;

/**
 * Cuts the traffic of an operation into rounds and keeps the P95 of each. Rounds, not requests, are the sample of a comparison:
 * requests of the same minute share the state of the machine, and pooling them finds differences that are none.
 */
export class LatencyRounds {
  readonly #buckets: LogBuckets;
  readonly #round: LatencyTally;
  readonly #recent: Round[] = [];
  #roundFrom: number | undefined;
  #settled: SampleMoments;

  /** @param before rounds known before, from a saved baseline */
  constructor(buckets: LogBuckets, before: SampleMoments = NO_SAMPLES) {
    this.#buckets = buckets;
    this.#round = new LatencyTally(buckets.slotCount);
    this.#settled = before;
  }

  /** Every round so far. */
  get all(): SampleMoments {
    return this.#recent.reduce(withSample, this.#settled);
  }

  /** Every round but the recent ones: what those can be compared with, since no round may stand on both sides. */
  get settled(): SampleMoments {
    return this.#settled;
  }

  /** The newest rounds, at most 24. */
  get recent(): SampleMoments {
    return this.#recent.reduce(withSample, NO_SAMPLES);
  }

  /** Files the requests of a tick; answers whether they completed a round. */
  add(tick: LatencyTally, nowMs: number): boolean {
    if (tick.count === 0) return false;
    this.#roundFrom ??= nowMs;
    this.#round.addAll(tick);
    if (nowMs - this.#roundFrom < ROUND_MS || this.#round.count < ROUND_REQUESTS) return false;
    const p95 = this.#buckets.estimate(this.#round.slotAtRank(Math.ceil(0.95 * this.#round.count)));
    const round = Math.log(p95);
    this.#recent.push(round);
    if (this.#recent.length > RECENT_ROUNDS) {
      this.#settled = withSample(this.#settled, this.#recent[0] as Round);
      this.#recent.shift();
    }
    this.#round.clear();
    this.#roundFrom = undefined;
    return true;
  }
}
