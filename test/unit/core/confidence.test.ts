import { describe, expect, it } from 'vitest';
import { fewestSamples, nearestRank, quantileRankInterval, wilsonInterval } from '../../../src/core/confidence.ts';

describe('the rank interval of a quantile', () => {
  // Published tables of 95 % order-statistic intervals of the median.
  for (const [samples, low, high] of [
    [6, 1, 6],
    [10, 2, 9],
    [20, 6, 15],
    [100, 40, 61],
  ] as const) {
    it(`is the tabulated ${low} to ${high} for the median of ${samples} samples`, () => {
      expect(quantileRankInterval(0.5, samples)).toEqual({ low, high });
    });
  }

  it('has no upper bound where nothing in the sample is surely above the quantile', () => {
    expect(quantileRankInterval(0.99, 367).high).toBeUndefined();
    expect(quantileRankInterval(0.99, 368).high).toBe(368);
    expect(quantileRankInterval(0.95, 71).high).toBeUndefined();
    expect(quantileRankInterval(0.95, 72).high).toBe(72);
    expect(quantileRankInterval(0.5, 5)).toEqual({ low: undefined, high: undefined });
    expect(quantileRankInterval(0.01, 367).low).toBeUndefined();
    expect(quantileRankInterval(0.01, 368).low).toBe(1);
  });

  it('is within two ranks of the exact one where the approximation takes over', () => {
    // 100 samples are summed exactly for the median, 101 are approximated.
    const exact = quantileRankInterval(0.5, 100);
    const approximated = quantileRankInterval(0.5, 101);
    expect(Math.abs((approximated.low ?? 0) - (exact.low ?? 0))).toBeLessThanOrEqual(2);
    expect(Math.abs((approximated.high ?? 0) - (exact.high ?? 0))).toBeLessThanOrEqual(2);
  });

  it('refuses what is not a quantile', () => {
    for (const quantile of [0, 1, -0.5, 95, Number.NaN]) {
      expect(() => quantileRankInterval(quantile, 100)).toThrow(RangeError);
      expect(() => nearestRank(quantile, 100)).toThrow(RangeError);
      expect(() => fewestSamples(quantile)).toThrow(RangeError);
    }
  });
});

describe('the nearest rank', () => {
  it('is the smallest rank that holds the share, unaffected by floating point', () => {
    expect(nearestRank(0.5, 5)).toBe(3);
    expect(nearestRank(0.5, 4)).toBe(2);
    expect(nearestRank(0.95, 100)).toBe(95);
    expect(nearestRank(0.95, 101)).toBe(96);
    expect(nearestRank(0.07, 100)).toBe(7);
    expect(nearestRank(0.999, 10)).toBe(10);
    expect(nearestRank(0.001, 10)).toBe(1);
  });
});

describe('the fewest samples of a quantile', () => {
  it('is one expected sample beyond it, and at least 5', () => {
    expect([0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999].map(fewestSamples)).toEqual([5, 5, 10, 20, 100, 1_000, 10_000]);
    expect([0.1, 0.05, 0.01].map(fewestSamples)).toEqual([10, 20, 100]);
  });
});

describe('the interval of a ratio', () => {
  it('has the published values', () => {
    // Newcombe, Statistics in Medicine 17, 1998, table I, method 3.
    for (const [successes, trials, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const) {
      const interval = wilsonInterval(successes, trials);
      expect(interval?.low).toBeCloseTo(low, 4);
      expect(interval?.high).toBeCloseTo(high, 4);
    }
  });

  it('says nothing without trials', () => {
    expect(wilsonInterval(0, 0)).toBeUndefined();
    expect(wilsonInterval(0, Number.NaN)).toBeUndefined();
  });
});
