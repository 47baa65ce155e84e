import { describe, expect, it } from 'vitest';
import { detectionDelay, falseAlarms, type Traffic } from '../../../bench/detection/error-bursts.ts';
import { seededDraws } from '../../../bench/detection/random.ts';
import { ErrorBudget } from '../../../src/slo/error-budget.ts';
import { FastTier } from '../../../src/slo/fast-tier.ts';
import { verifies } from '../../support/verifies.ts';

const OBJECTIVES = [0.99, 0.995, 0.999] as const;
const SEEDS = 60;

/** Seconds within which 95 % of the bursts are found. */
function p95(traffic: Traffic): number {
  const delays = Array.from({ length: SEEDS }, (_, seed) => detectionDelay(traffic, seededDraws(7000 + seed)));
  return delays.sort((a, b) => a - b)[Math.ceil(0.95 * SEEDS) - 1] ?? Number.POSITIVE_INFINITY;
}

describe('the fast tier of an error budget', () => {
  it('finds bursts of 50 % errors at one request a second within 30 s (p95)', () => {
    verifies('ALR-04');
    for (const objective of OBJECTIVES) {
      expect(p95({ objective, ratePerSecond: 1, errors: 0.5 }), `${objective}`).toBeLessThanOrEqual(30);
    }
  });

  it('finds bursts of 25 % errors at five requests a second within 30 s (p95) where 99.5 % or more must be good', () => {
    for (const objective of [0.995, 0.999]) {
      expect(p95({ objective, ratePerSecond: 5, errors: 0.25 }), `${objective}`).toBeLessThanOrEqual(30);
    }
  });

  it('raises no alarm in 30 days of errors within the budget, however much traffic there is', () => {
    for (const objective of OBJECTIVES) {
      for (const ratePerSecond of [0.05, 1, 5, 50]) {
        const traffic = { objective, ratePerSecond, errors: 1 - objective };
        expect(falseAlarms(traffic, 30, seededDraws(ratePerSecond)), JSON.stringify(traffic)).toBe(0);
      }
    }
  });

  it('would raise some if its limit did not grow with the traffic, and raises none even when errors overspend threefold', () => {
    const fixed = new FastTier(0.99);
    const grown = new FastTier(0.99);
    grown.follow(50);
    const draws = seededDraws(5);
    const alarms = { fixed: 0, grown: 0 };
    for (let event = 0; event < 4_000_000; ) {
      const good = Math.floor(Math.log(1 - draws.uniform()) / Math.log(1 - 0.03));
      event += good + 1;
      for (const [name, tier] of Object.entries({ fixed, grown }) as ['fixed' | 'grown', FastTier][]) {
        if (good > 0) tier.add(false, good);
        const was = tier.burning;
        tier.add(true);
        if (tier.burning && !was) alarms[name] += 1;
      }
    }
    expect(alarms.fixed).toBeGreaterThan(0);
    expect(alarms.grown).toBe(0);
  });

  it.each([
    { ratePerSecond: 1, failures: 4 },
    { ratePerSecond: 50, failures: 8 },
  ])('needs $failures failures in a row at $ratePerSecond requests a second, and is over when they are', (traffic) => {
    const { ratePerSecond, failures } = traffic;
    const budget = new ErrorBudget(0.999, 0);
    const isBurning = (): boolean | undefined => budget.verdicts().find(({ tier }) => tier === 'fast')?.burning;
    for (let request = 1; request <= 400 * ratePerSecond; request += 1) {
      budget.record((request * 1000) / ratePerSecond, false);
      if (request % (5 * ratePerSecond) === 0) budget.evaluate((request * 1000) / ratePerSecond);
    }
    let failed = 0;
    while (isBurning() === false && failed < 100) {
      budget.record(400_000, true);
      failed += 1;
    }
    expect(failed).toBe(failures);
    for (let request = 0; request < 200; request += 1) budget.record(400_001, false);
    expect(isBurning()).toBe(false);
  });

  it('takes many events of one kind as if they had come one by one', () => {
    const together = new FastTier(0.99);
    const single = new FastTier(0.99);
    const draws = seededDraws(11);
    for (let round = 0; round < 2000; round += 1) {
      const isBad = draws.uniform() < 0.4;
      const count = 1 + Math.floor(4 * draws.uniform());
      together.add(isBad, count);
      for (let event = 0; event < count; event += 1) single.add(isBad);
      expect(together.burning).toBe(single.burning);
    }
  });
});
