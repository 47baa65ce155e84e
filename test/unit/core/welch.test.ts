import { describe, expect, test } from 'vitest';
import { NO_SAMPLES, studentTail, welchGreater, withSample } from '../../../src/core/welch.ts';

const moments = (values: readonly number[]) => values.reduce(withSample, NO_SAMPLES);

describe('the comparison of two samples', () => {
  // Reference values of published tables of Student's distribution.
  test.each([
    [1.812, 10, 0.05],
    [2.764, 10, 0.01],
    [2.086, 20, 0.025],
    [6.314, 1, 0.05],
    [0, 7, 0.5],
    [-1.812, 10, 0.95],
  ])('gives the tail of Student at %d with %d degrees as %d', (t, degrees, p) => {
    expect(studentTail(t, degrees)).toBeCloseTo(p, 3);
  });

  test('reproduces a worked example with unequal variances', () => {
    // Two samples whose t and degrees follow from the definition by hand: t = 2.8284, degrees = 2.9412.
    const a = moments([9, 10, 11]);
    const b = moments([6, 8, 10]);
    expect(welchGreater(a, b)).toBeCloseTo(studentTail(2 / Math.sqrt(1 / 3 + 4 / 3), 25 / 9 / (1 / 18 + 16 / 18)), 10);
  });

  test('sees no evidence in equal samples, none in single values, and full evidence in constants that differ', () => {
    const a = moments([1, 2, 3, 4]);
    expect(welchGreater(a, a)).toBeCloseTo(0.5, 10);
    expect(welchGreater(moments([5]), a)).toBe(1);
    expect(welchGreater(moments([2, 2]), moments([1, 1]))).toBe(0);
    expect(welchGreater(moments([1, 1]), moments([1, 1]))).toBe(1);
  });
});
