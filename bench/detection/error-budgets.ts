import { endProgress, showProgress } from '../support/progress.ts';
import { table } from '../support/table.ts';
import { detectionDelay, falseAlarms } from './error-bursts.ts';
import { seededDraws } from './random.ts';
import type { Section } from './section.ts';

const OBJECTIVES = [0.99, 0.995, 0.999] as const;
const RATES = [1, 5] as const;
const BURSTS = [0.25, 0.5, 1] as const;
/** Ordinary traffic: requests a second. */
const QUIET_RATES = [0.05, 0.5, 1, 5, 50] as const;
/** How much of the budget the errors take: healthy services, and one that spends three times too much all the time. */
const HEALTHY_SHARES = [0.5, 1] as const;
const OVERSPENT_SHARES = [3] as const;
const DAYS = 30;

function quantile(sorted: readonly number[], q: number): string {
  return (sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN).toFixed(0);
}

function delayTable(seeds: number): string[] {
  const rows = [['objective', 'requests/s', 'errors', 'delay p50 s', 'delay p95 s']];
  for (const objective of OBJECTIVES) {
    for (const ratePerSecond of RATES) {
      for (const errors of BURSTS) {
        showProgress(`bursts: ${objective} ${ratePerSecond}/s ${errors}`);
        const found = Array.from({ length: seeds }, (_, seed) =>
          detectionDelay({ objective, ratePerSecond, errors }, seededDraws(seed + 1)),
        ).sort((a, b) => a - b);
        const traffic = [`${100 * objective} %`, String(ratePerSecond), `${100 * errors} %`];
        rows.push([...traffic, quantile(found, 0.5), quantile(found, 0.95)]);
      }
    }
  }
  return table(rows);
}

function alarmTable(shares: readonly number[], months: number): string[] {
  const rows = [['objective', 'requests/s', 'errors / budget', `false alarms in ${months} x ${DAYS} days`]];
  for (const objective of OBJECTIVES) {
    for (const ratePerSecond of QUIET_RATES) {
      for (const share of shares) {
        showProgress(`quiet: ${objective} ${ratePerSecond}/s ${share}`);
        const traffic = { objective, ratePerSecond, errors: share * (1 - objective) };
        let count = 0;
        for (let month = 0; month < months; month += 1) {
          count += falseAlarms(traffic, DAYS, seededDraws(1000 * month + 100 * share + ratePerSecond + 1));
        }
        rows.push([`${100 * objective} %`, String(ratePerSecond), String(share), String(count)]);
      }
    }
  }
  return table(rows);
}

/** How soon a burst of errors is found, and how often one is found that is none. */
export const errorBudgets: Section = {
  title: 'Error budgets: delay until a burst of errors burns, and false alarms of the fast tier on ordinary traffic',
  run(quick) {
    const months = quick ? 1 : 3;
    const lines = [
      ...delayTable(quick ? 100 : 1000),
      '',
      'Errors within the budget:',
      ...alarmTable(HEALTHY_SHARES, months),
      '',
      'Errors at three times the budget, which the slower tiers report anyway:',
      ...alarmTable(OVERSPENT_SHARES, months),
    ];
    endProgress();
    return lines;
  },
};
