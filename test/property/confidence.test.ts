import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestRank, quantileRankInterval, wilsonInterval } from '../../src/core/confidence.ts';

const RUNS = { seed: 20_260_917, numRuns: 300 };
const quantile = fc.oneof(
  fc.constantFrom(0.01, 0.05, 0.1, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999),
  fc.double({ min: 0.001, max: 0.999, noNaN: true }),
);

/** P(X <= k) of Bin(n, p), summed from logarithms of factorials: nothing in common with the code under test. */
function binomialCdf(k: number, n: number, p: number): number {
  const logFactorial = [0];
  for (let i = 1; i <= n; i++) logFactorial.push(logFactorial[i - 1]! + Math.log(i));
  let sum = 0;
  for (let i = 0; i <= Math.min(k, n); i++) {
    const logChoose = logFactorial[n]! - logFactorial[i]! - logFactorial[n - i]!;
    sum += Math.exp(logChoose + i * Math.log(p) + (n - i) * Math.log(1 - p));
  }
  return sum;
}

describe('the rank interval of a quantile', () => {
  it('misses the true quantile on either side with a probability of at most 2.5 %', () => {
    fc.assert(
      fc.property(quantile, fc.integer({ min: 1, max: 3_000 }), (q, n) => {
        const { low, high } = quantileRankInterval(q, n);
        // The low sample is above the quantile when fewer than `low` samples are below it; likewise for the high one.
        if (low !== undefined) expect(binomialCdf(low - 1, n, q)).toBeLessThanOrEqual(0.025 + 1e-9);
        if (high !== undefined) expect(binomialCdf(high - 1, n, q)).toBeGreaterThanOrEqual(0.975 - 1e-9);
      }),
      RUNS,
    );
  });

  it('is no wider than needed by more than two ranks, and gives no bound only when there is none', () => {
    fc.assert(
      fc.property(quantile, fc.integer({ min: 1, max: 3_000 }), (q, n) => {
        const { low, high } = quantileRankInterval(q, n);
        const tighterLow = (low ?? 0) + 3;
        const tighterHigh = (high ?? n + 1) - 3;
        if (tighterLow <= n) expect(binomialCdf(tighterLow - 1, n, q)).toBeGreaterThan(0.025);
        if (tighterHigh >= 1) expect(binomialCdf(tighterHigh - 1, n, q)).toBeLessThan(0.975);
        if (low === undefined) expect(binomialCdf(0, n, q)).toBeGreaterThan(0.025 - 1e-9);
        if (high === undefined) expect(binomialCdf(n - 1, n, q)).toBeLessThan(0.975 + 1e-9);
      }),
      RUNS,
    );
  });

  it('contains the nearest rank', () => {
    fc.assert(
      fc.property(quantile, fc.integer({ min: 5, max: 1_000_000 }), (q, n) => {
        const { low, high } = quantileRankInterval(q, n);
        const rank = nearestRank(q, n);
        expect(low ?? 1).toBeLessThanOrEqual(rank);
        expect(high ?? n).toBeGreaterThanOrEqual(rank);
        expect(low ?? 1).toBeGreaterThanOrEqual(1);
        expect(high ?? n).toBeLessThanOrEqual(n);
      }),
      RUNS,
    );
  });
});

describe('the interval of a ratio', () => {
  it('contains the ratio, stays within 0 and 1, mirrors with failures and narrows with more trials', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const successes = Math.round(share * n);
        const interval = wilsonInterval(successes, n)!;
        const mirrored = wilsonInterval(n - successes, n)!;
        const larger = wilsonInterval(successes * 4, n * 4)!;
        expect(interval.low).toBeGreaterThanOrEqual(0);
        expect(interval.high).toBeLessThanOrEqual(1);
        expect(interval.low).toBeLessThanOrEqual(successes / n + 1e-12);
        expect(interval.high).toBeGreaterThanOrEqual(successes / n - 1e-12);
        expect(mirrored.low).toBeCloseTo(1 - interval.high, 9);
        expect(larger.high - larger.low).toBeLessThan(interval.high - interval.low);
      }),
      RUNS,
    );
  });
});
