import { ErrorBudget } from '../../src/slo/error-budget.ts';
import { FastTier } from '../../src/slo/fast-tier.ts';
import type { Draws } from './random.ts';

const TICK_SECONDS = 5;
const DAY_SECONDS = 86_400;
/** Longest wait for a burst to be found. */
const LIMIT_SECONDS = 600;

/** One objective under one kind of traffic. */
export interface Traffic {
  readonly objective: number;
  readonly ratePerSecond: number;
  /** Share of bad events. */
  readonly errors: number;
}

/** Seconds from the beginning of a burst until a tier burns; `Infinity` when none does within the limit. */
export function detectionDelay({ objective, ratePerSecond, errors }: Traffic, draws: Draws): number {
  const budget = new ErrorBudget(objective, 0);
  const start = 300 + 60 * draws.uniform();
  let second = 0;
  let evaluated = 0;
  while (second < start + LIMIT_SECONDS) {
    second += draws.interval(ratePerSecond);
    const ratio = second < start ? (1 - objective) / 2 : errors;
    for (; evaluated + TICK_SECONDS <= second; evaluated += TICK_SECONDS) budget.evaluate(evaluated * 1000);
    budget.record(second * 1000, draws.uniform() < ratio);
    if (second >= start && budget.verdicts().some(({ burning }) => burning)) return second - start;
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * How often the fast tier raises an alarm on traffic without a burst. Every event counts, but only bad ones are drawn: between
 * two of them lies a geometrically distributed number of good ones.
 */
export function falseAlarms({ objective, ratePerSecond, errors }: Traffic, days: number, draws: Draws): number {
  const tier = new FastTier(objective);
  tier.follow(ratePerSecond);
  const events = days * DAY_SECONDS * ratePerSecond;
  let alarms = 0;
  for (let seen = 0; ; ) {
    const good = Math.floor(Math.log(1 - draws.uniform()) / Math.log(1 - errors));
    seen += good + 1;
    if (seen > events) return alarms;
    if (good > 0) tier.add(false, good);
    const wasBurning = tier.burning;
    tier.add(true);
    if (tier.burning && !wasBurning) alarms += 1;
  }
}
