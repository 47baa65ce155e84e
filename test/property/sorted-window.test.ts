import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedWindow } from '../../src/alerts/anomaly/sorted-window.ts';

/** The quantile of the last `capacity` values, from scratch. */
function naiveQuantile(values: readonly number[], capacity: number, q: number): number {
  const last = values.slice(-capacity).sort((a, b) => a - b);
  const position = q * (last.length - 1);
  const low = last[Math.floor(position)] as number;
  const high = last[Math.ceil(position)] as number;
  return low + (high - low) * (position - Math.floor(position));
}

test('a sorted window gives the quantiles of the last values, whatever comes in whatever order', () => {
  const value = fc.oneof(
    fc.integer({ min: -5, max: 5 }),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  );
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 50 }),
      (values, capacity) => {
        const window = new SortedWindow(capacity);
        for (const one of values) window.add(one === 0 ? 0 : one);
        expect(window.count).toBe(Math.min(values.length, capacity));
        for (const q of [0, 0.005, 0.5, 0.995, 1]) {
          expect(window.quantile(q)).toBeCloseTo(naiveQuantile(values, capacity, q), 6);
        }
      },
    ),
  );
});

test('a sorted window of no values has no quantile, and one without room cannot be made', () => {
  expect(new SortedWindow(3).quantile(0.5)).toBeNaN();
  for (const capacity of [0, -1, 1.5, Number.NaN]) expect(() => new SortedWindow(capacity)).toThrow(RangeError);
});
