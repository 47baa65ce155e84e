import { ErrorBudget } from '../../src/slo/error-budget.ts';
import { FastTier } from '../../src/slo/fast-tier.ts';
import { endProgress, showProgress } from '../support/progress.ts';
import { table } from '../support/table.ts';
import { type Draws, seededDraws } from './random.ts';
import type { Section } from './section.ts';

const OBJECTIVES = [0.99, 0.995, 0.999] as const;
const RATES = [1, 5] as const;
const BURSTS = [0.25, 0.5, 1] as const;
/** Ordinary traffic: requests a second, and how much of the budget the errors take. */
const QUIET_RATES = [0.05, 0.5, 5] as const;
const QUIET_SHARES = [0.5, 1, 3] as const;

const TICK_SECONDS = 5;
const DAY_SECONDS = 86_400;
/** Longest wait for a burst to be found. */
const LIMIT_SECONDS = 600;

/** Seconds from the beginning of a burst until a tier burns; `Infinity` when none does within the limit. */
function detectionDelay(objective: number, ratePerSecond: number, burst: number, draws: Draws): number {
  const budget = new ErrorBudget(objective, 0);
  const start = 300 + 60 * draws.uniform();
  let second = 0;
  let evaluated = 0;
  while (second < start + LIMIT_SECONDS) {
    second += draws.interval(ratePerSecond);
    const ratio = second < start ? (1 - objective) / 2 : burst;
    for (; evaluated + TICK_SECONDS <= second; evaluated += TICK_SECONDS) budget.evaluate(evaluated * 1000);
    budget.record(second * 1000, draws.uniform() < ratio);
    if (second >= start && budget.verdicts().some(({ burning }) => burning)) return second - start;
  }
  return Number.POSITIVE_INFINITY;
}

/** How often the fast tier raises an alarm on traffic without a burst. */
function falseAlarms(objective: number, ratePerSecond: number, share: number, days: number, draws: Draws): number {
  const tier = new FastTier(objective);
  const ratio = share * (1 - objective);
  let wasBurning = false;
  let alarms = 0;
  for (let second = 0; second < days * DAY_SECONDS; second += draws.interval(ratePerSecond)) {
    tier.add(draws.uniform() < ratio);
    if (tier.burning && !wasBurning) alarms += 1;
    wasBurning = tier.burning;
  }
  return alarms;
}

function quantile(sorted: readonly number[], q: number): string {
  return (sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN).toFixed(0);
}

/** How soon a burst of errors is found, and how often one is found that is none. */
export const errorBudgets: Section = {
  title: 'Error budgets: delay until a burst of errors burns, and false alarms of the fast tier on ordinary traffic',
  run(quick) {
    const seeds = quick ? 100 : 1000;
    const days = quick ? 3 : 30;
    const delays: string[][] = [['objective', 'requests/s', 'errors', 'delay p50 s', 'delay p95 s']];
    for (const objective of OBJECTIVES) {
      for (const rate of RATES) {
        for (const burst of BURSTS) {
          showProgress(`bursts: ${objective} ${rate}/s ${burst}`);
          const found = Array.from({ length: seeds }, (_, seed) =>
            detectionDelay(objective, rate, burst, seededDraws(seed + 1)),
          ).sort((a, b) => a - b);
          delays.push([
            `${100 * objective} %`,
            String(rate),
            `${100 * burst} %`,
            quantile(found, 0.5),
            quantile(found, 0.95),
          ]);
        }
      }
    }
    const alarms: string[][] = [['objective', 'requests/s', 'errors / budget', `false alarms in ${days} days`]];
    for (const [row, objective] of OBJECTIVES.entries()) {
      for (const rate of QUIET_RATES) {
        for (const share of QUIET_SHARES) {
          showProgress(`quiet: ${objective} ${rate}/s ${share}`);
          const count = falseAlarms(objective, rate, share, days, seededDraws(1000 + 100 * row + 10 * rate + share));
          alarms.push([`${100 * objective} %`, String(rate), String(share), String(count)]);
        }
      }
    }
    endProgress();
    return [...table(delays), '', ...table(alarms)];
  },
};
