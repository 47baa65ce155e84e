import { describe, expect, it } from 'vitest';
import { createLatencyWindow, type LatencyWindow, mergeLatencyWindows } from '../../src/core/latency-window.ts';

// Seen in a sketch library: merging two sketches of one kind of value kept the left side's buckets under the count of
// both, so that minimum, maximum and quantiles were those of the left side.

const DATASETS: Readonly<Record<string, readonly number[]>> = {
  empty: [],
  'a single value': [0.2],
  zeros: [0, 0, 0],
  'below the range': [1e-9, 5e-7, 1e-6],
  'above the range': [3_601, 7_200, 86_400],
  'one value many times': Array.from({ length: 500 }, () => 0.05),
  milliseconds: Array.from({ length: 400 }, (_, i) => 0.001 + i * 0.00001),
  minutes: Array.from({ length: 400 }, (_, i) => 60 + i),
  'the whole range': Array.from({ length: 400 }, (_, i) => 1e-6 * 1.056 ** i),
};

function filled(...parts: (readonly number[])[]): LatencyWindow {
  const window = createLatencyWindow();
  for (const values of parts) for (const seconds of values) window.record(seconds, 1_000);
  return window;
}

describe('merging two windows', () => {
  for (const [leftName, left] of Object.entries(DATASETS)) {
    for (const [rightName, right] of Object.entries(DATASETS)) {
      it(`keeps both sides: ${leftName} and ${rightName}`, () => {
        const { mean: expectedMean, ...expected } = filled(left, right).summary(1_000, [0.01, 0.5, 0.9, 0.99]);
        for (const sides of [
          [filled(left), filled(right)],
          [filled(right), filled(left)],
        ]) {
          const { mean, ...merged } = mergeLatencyWindows(sides, 1_000, [0.01, 0.5, 0.9, 0.99]);
          expect(merged).toEqual(expected);
          expect(mean === undefined).toBe(expectedMean === undefined);
          expect(mean ?? 0).toBeCloseTo(expectedMean ?? 0, 6);
        }
        const both = [...left, ...right];
        expect(expected.count).toBe(both.length);
        expect(expected.min).toBe(both.length === 0 ? undefined : Math.min(...both));
        expect(expected.max).toBe(both.length === 0 ? undefined : Math.max(...both));
      });
    }
  }
});
