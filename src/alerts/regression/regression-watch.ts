import type { LatencyTally } from '../../core/latency-tally.ts';
import type { LogBuckets } from '../../core/log-buckets.ts';
import type { Finding } from '../../core/model/health.ts';
import type { SampleMoments } from '../../core/welch.ts';
import { compareRounds, FEWEST_ROUNDS } from './compare-rounds.ts';
import { LatencyRounds } from './latency-rounds.ts';

/** A baseline goes on learning for a day, so that it has seen every hour, and then stays. */
const LEARN_MS = 24 * 3_600_000;

/** The P95 of one operation in the rounds of one version of the service. JSON-serialisable. */
export interface LatencyBaselineState {
  readonly version: string | undefined;
  /** Wall-clock milliseconds of its begin. */
  readonly since: number;
  /** ln(seconds) of the rounds. */
  readonly p95: SampleMoments;
}

/**
 * Compares an operation with its own baseline: the first day of this version, or the version before where there was one.
 * Evaluated whenever a round of traffic is complete.
 */
export class RegressionWatch {
  readonly #subject: string;
  readonly #version: string | undefined;
  readonly #rounds: LatencyRounds;
  readonly #before: LatencyBaselineState | undefined;
  #own: LatencyBaselineState;
  /** The own rounds that recent ones are compared with. */
  #compared: SampleMoments;
  #standing: Finding | undefined;

  /** @param saved baseline of an earlier process */
  constructor(
    subject: string,
    options: {
      readonly buckets: LogBuckets;
      readonly version: string | undefined;
      readonly nowMs: number;
      readonly saved?: LatencyBaselineState | undefined;
    },
  ) {
    const { buckets, version, nowMs, saved } = options;
    this.#subject = subject;
    this.#version = version;
    const isSame = saved !== undefined && saved.version === version;
    this.#before = isSame ? undefined : saved;
    this.#own = isSame ? saved : { version, since: nowMs, p95: { count: 0, mean: 0, squares: 0 } };
    this.#compared = this.#own.p95;
    this.#rounds = new LatencyRounds(buckets, this.#own.p95);
  }

  /** P95 of the baseline in seconds; `undefined` while none is known. */
  get baselineSeconds(): number | undefined {
    const { p95 } = this.#baseline();
    if (this.#isOwn() && this.#compared.count >= FEWEST_ROUNDS) return Math.exp(this.#compared.mean);
    return p95.count === 0 ? undefined : Math.exp(p95.mean);
  }

  /** The regression that stands, as a finding. */
  get finding(): Finding | undefined {
    return this.#standing;
  }

  add(tick: LatencyTally, nowMs: number): void {
    if (!this.#rounds.add(tick, nowMs)) return;
    if (nowMs - this.#own.since < LEARN_MS) {
      this.#own = { ...this.#own, p95: this.#rounds.all };
      this.#compared = this.#rounds.settled;
    }
    this.#judge(nowMs);
  }

  /** What to keep over a restart: the own baseline once it is worth more than the one before. */
  state(): LatencyBaselineState {
    return this.#baseline();
  }

  /** The version before serves until this one has seen a day of its own. */
  #baseline(): LatencyBaselineState {
    return this.#before !== undefined && !this.#isOwn() ? this.#before : this.#own;
  }

  #isOwn(): boolean {
    return this.#before === undefined || this.#rounds.settled.count >= this.#before.p95.count;
  }

  #judge(nowMs: number): void {
    const baseline = this.#baseline();
    const compared = this.#isOwn() ? this.#compared : baseline.p95;
    const comparison = compareRounds(this.#rounds.recent, compared);
    if (comparison === undefined || !comparison.isSlower) {
      this.#standing = undefined;
      return;
    }
    const { ratio, p, rounds } = comparison;
    const expected = Math.exp(compared.mean);
    const than = baseline.version === this.#version ? 'the baseline' : `version ${baseline.version ?? 'before'}`;
    this.#standing = {
      kind: 'regression',
      subject: this.#subject,
      channel: 'tail',
      since: this.#standing?.since ?? nowMs,
      until: undefined,
      expected,
      observed: expected * ratio,
      evidence:
        `P95 ${((ratio - 1) * 100).toFixed(0)} % above ${than} over ${rounds} rounds ` +
        `(${compared.count} rounds of baseline, p ${p < 0.0001 ? '< 0.0001' : p.toFixed(4)})`,
    };
  }
}
