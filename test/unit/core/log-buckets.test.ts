import { describe, expect, it } from 'vitest';
import { LogBuckets, MAX_SECONDS, MIN_SECONDS } from '../../../src/core/log-buckets.ts';

describe('the bucket layout', () => {
  it('covers 1 µs to 1 h in 1,101 slots at 1 % relative error', () => {
    const buckets = new LogBuckets(0.01);
    expect(buckets.slotCount).toBe(1_101);
    expect(buckets.slotOf(MIN_SECONDS)).toBe(0);
    expect(buckets.slotOf(MAX_SECONDS)).toBe(1_100);
    expect(buckets.upperBound(1_100)).toBeGreaterThanOrEqual(MAX_SECONDS);
    expect(buckets.upperBound(0)).toBeGreaterThanOrEqual(MIN_SECONDS);
    expect(buckets.lowerBound(0)).toBeLessThan(MIN_SECONDS);
  });

  it('puts what lies outside the range into the outermost slots', () => {
    const buckets = new LogBuckets(0.01);
    expect([0, Number.MIN_VALUE, 9.99e-7].map((seconds) => buckets.slotOf(seconds))).toEqual([0, 0, 0]);
    const last = buckets.slotCount - 1;
    expect([3_600.1, Number.MAX_VALUE].map((seconds) => buckets.slotOf(seconds))).toEqual([last, last]);
  });

  it('adjoins its buckets without gap or overlap, each gamma times as wide as the one before', () => {
    const buckets = new LogBuckets(0.05);
    for (let slot = 1; slot < buckets.slotCount; slot++) {
      expect(buckets.lowerBound(slot)).toBe(buckets.upperBound(slot - 1));
      expect(buckets.upperBound(slot) / buckets.lowerBound(slot)).toBeCloseTo(1.05 / 0.95, 9);
      const estimate = buckets.estimate(slot);
      expect(estimate / buckets.lowerBound(slot) - 1).toBeCloseTo(0.05, 9);
      expect(1 - estimate / buckets.upperBound(slot)).toBeCloseTo(0.05, 9);
    }
  });

  it('refuses a relative error that would need too much memory or say too little', () => {
    for (const relativeError of [0, -0.01, 0.0009, 0.26, 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new LogBuckets(relativeError)).toThrow(RangeError);
    }
  });
});
