import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExponentialCounts, type ExponentialPoint } from '../../src/alerts/exponential-counts.ts';
import { ExponentialWindow } from '../../src/alerts/exponential-window.ts';

const indexOf = (value: number, scale: number): number => Math.ceil(Math.log2(Math.abs(value)) * 2 ** scale) - 1;

/** The buckets of one sign, as the data model defines them, counted one value at a time. */
function bucketsOf(values: readonly number[], scale: number): ExponentialPoint['positive'] {
  const indices = values.map((value) => indexOf(value, scale));
  if (indices.length === 0) return { offset: 0, bucketCounts: [] };
  const offset = Math.min(...indices);
  const bucketCounts: number[] = new Array(Math.max(...indices) - offset + 1).fill(0);
  for (const index of indices) bucketCounts[index - offset]! += 1;
  return { offset, bucketCounts };
}

function pointOf(values: readonly number[], scale: number): ExponentialPoint {
  return {
    scale,
    zeroCount: values.filter((value) => value === 0).length,
    positive: bucketsOf(
      values.filter((value) => value > 0),
      scale,
    ),
    negative: bucketsOf(
      values.filter((value) => value < 0),
      scale,
    ),
  };
}

/** Where the quantile may lie: the bounds, at a scale, of the bucket that the value of that rank is in. */
function boundsOf(values: readonly number[], quantile: number, scale: number): readonly [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)]!;
  if (value === 0) return [0, 0];
  const index = indexOf(value, scale);
  const bounds = [2 ** (index * 2 ** -scale), 2 ** ((index + 1) * 2 ** -scale)] as const;
  return value > 0 ? bounds : [-bounds[1], -bounds[0]];
}

function expectWithin(figure: number | undefined, [low, high]: readonly [number, number]): void {
  expect(figure).toBeDefined();
  const slack = 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  expect(figure!).toBeGreaterThanOrEqual(low - slack);
  expect(figure!).toBeLessThanOrEqual(high + slack);
}

function expectSame(figure: number | undefined, naive: number | undefined): void {
  if (naive === undefined) expect(figure).toBeUndefined();
  else expect(figure).toBeCloseTo(naive, 9);
}

/** No powers of two: there the naive logarithm may round to either side of a bound. */
const size = fc.integer({ min: 0, max: 400 }).map((n) => 1.2345e-4 * 1.0377 ** n);
const recorded = fc.oneof({ weight: 8, arbitrary: size }, { weight: 1, arbitrary: fc.constant(0) });
const signed = fc.oneof(
  recorded,
  size.map((value) => -value),
);
const scale = fc.integer({ min: -3, max: 4 });
const quantile = fc.constantFrom(0, 0.01, 0.5, 0.9, 0.95, 0.99, 1);

describe('counts in exponential buckets', () => {
  it('answer a quantile out of the bucket that a sorted list says', () => {
    fc.assert(
      fc.property(fc.array(signed, { minLength: 1, maxLength: 60 }), scale, quantile, (values, at, q) => {
        expectWithin(ExponentialCounts.of(pointOf(values, at)).quantile(q), boundsOf(values, q, at));
      }),
    );
  });

  it('of several scales add up to those of all values at the coarsest, and growth is what came between', () => {
    const parts = fc.array(fc.tuple(fc.array(signed, { maxLength: 20 }), scale), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(parts, quantile, (all, q) => {
        const sum = new ExponentialCounts();
        for (const [values, at] of all) sum.add(ExponentialCounts.of(pointOf(values, at)));
        const values = all.flatMap(([part]) => part);
        const coarsest = Math.min(...all.map(([, at]) => at));
        const naive = ExponentialCounts.of(pointOf(values, coarsest)).quantile(q);
        expectSame(sum.quantile(q), naive);
        const [first, ...rest] = all as [(typeof all)[number], ...typeof all];
        const before = ExponentialCounts.of(pointOf(first[0], first[1]));
        const grown = rest.flatMap(([part]) => part);
        const naiveGrowth = ExponentialCounts.of(pointOf(grown, coarsest)).quantile(q);
        expectSame(sum.since(before).quantile(q), naiveGrowth);
      }),
    );
  });

  it('hold a bounded number of buckets, at the price of their width, and lose nothing', () => {
    const counts = new ExponentialCounts();
    const values = Array.from({ length: 3000 }, (_, n) => 1e-6 * 1.01 ** n);
    for (const value of values) counts.add(ExponentialCounts.of(pointOf([value], 10)));
    expect(counts.scale).toBeLessThan(6);
    for (const q of [0.1, 0.5, 0.99]) expectWithin(counts.quantile(q), boundsOf(values, q, counts.scale));
  });

  it('of a point at an impossible scale are none', () => {
    const counts = ExponentialCounts.of({ ...pointOf([1.5], 2), scale: Number.NaN });
    expect(counts.quantile(0.5)).toBeUndefined();
  });
});

describe('a window over exponential buckets', () => {
  it('answers as if it were counted anew from what is within the window, across idle gaps', () => {
    const step = fc.record({
      gapMs: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 3000 }) }, fc.constant(100_000)),
      values: fc.array(recorded, { maxLength: 8 }),
      at: scale,
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), quantile, (steps, q) => {
        const window = new ExponentialWindow(60_000);
        let now = 1_000_000;
        const seen: { slice: number; values: readonly number[]; at: number }[] = [];
        for (const { gapMs, values, at } of steps) {
          now += gapMs;
          window.advance(now);
          if (values.length > 0) window.add(ExponentialCounts.of(pointOf(values, at)));
          seen.push({ slice: Math.floor(now / 1000), values, at });
          const within = seen.filter(({ slice }) => slice > Math.floor(now / 1000) - 60).flatMap((one) => one.values);
          if (within.length === 0) expect(window.quantile(q)).toBeUndefined();
          else {
            const coarsest = Math.min(...seen.map((one) => one.at));
            const [low, high] = boundsOf(within, q, coarsest);
            expectWithin(window.quantile(q), [Math.min(low, high), Math.max(low, high)]);
          }
        }
      }),
    );
  });
});
