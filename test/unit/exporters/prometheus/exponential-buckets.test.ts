import { AggregationType, type ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explicitBuckets } from '../../../../src/exporters/prometheus/exponential-buckets.ts';
import { createMeter } from './meter.ts';

/** Records values into real exponential histograms, one series per list. */
async function recorded(lists: readonly (readonly number[])[]): Promise<ExponentialHistogram[]> {
  const { provider, collect } = createMeter({
    views: [{ instrumentName: '*', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const histogram = provider.getMeter('m').createUpDownCounter('any');
  lists.forEach((values, series) => {
    for (const value of values) histogram.add(value, { series });
  });
  const metric = (await collect()).scopeMetrics[0]?.metrics[0];
  return (metric?.dataPoints ?? []).map((point) => point.value as ExponentialHistogram);
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe('exponential histograms as classic buckets', () => {
  it('keep every value in a bucket whose bounds contain it', async () => {
    const values = [-40, -3, -0.5, 0, 0.001, 0.002, 0.5, 1, 1.5, 7, 300];
    const points = await recorded([values]);
    const { boundaries, counts } = explicitBuckets(points);
    expect(boundaries).toEqual([...boundaries].sort((a, b) => a - b));
    let cumulative = 0;
    boundaries.forEach((boundary, at) => {
      cumulative += counts[0]?.[at] ?? 0;
      // A value exactly on a boundary may count on either side of it, by the mapping's rounding.
      const below = values.filter((value) => value < boundary * (1 - Math.sign(boundary) * 1e-9)).length;
      const upTo = values.filter((value) => value <= boundary * (1 + Math.sign(boundary) * 1e-9)).length;
      expect(cumulative).toBeGreaterThanOrEqual(below);
      expect(cumulative).toBeLessThanOrEqual(upTo);
    });
    expect(cumulative).toBe(values.length);
  });

  it('give all series of a stream the same boundaries', async () => {
    const points = await recorded([[0.001], [1, 2, 3], [0, 5000]]);
    expect(new Set(points.map((point) => point.scale)).size).toBeGreaterThan(1);
    const { boundaries, counts } = explicitBuckets(points);
    expect(counts.map(sum)).toEqual([1, 3, 2]);
    expect(counts.every((row) => row.length === boundaries.length)).toBe(true);
    expect(boundaries.filter((boundary) => boundary === 0)).toHaveLength(1);
  });

  it('need few boundaries for any range, and lose no value', async () => {
    const extreme = [Number.MIN_VALUE, 1e-300, 1, 1e300, Number.MAX_VALUE, -1e-300, -1e300];
    const { boundaries, counts } = explicitBuckets(await recorded([extreme]));
    expect(boundaries.length).toBeLessThanOrEqual(321);
    expect(counts.map(sum)).toEqual([extreme.length]);
  });

  it('are empty for no points and for points without values', () => {
    const none = { offset: 0, bucketCounts: [] };
    expect(explicitBuckets([])).toEqual({ boundaries: [], counts: [] });
    expect(explicitBuckets([{ count: 0, scale: 20, zeroCount: 0, positive: none, negative: none }])).toEqual({
      boundaries: [],
      counts: [[]],
    });
  });

  it('lose no value of any list', async () => {
    const list = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.array(list, { minLength: 1, maxLength: 3 }), async (lists) => {
        const points = await recorded(lists);
        const { boundaries, counts } = explicitBuckets(points);
        expect(counts.map(sum)).toEqual(points.map((point) => point.count));
        for (let at = 1; at < boundaries.length; at += 1) {
          expect(boundaries[at]).toBeGreaterThanOrEqual(boundaries[at - 1] ?? Number.NaN);
        }
      }),
      { numRuns: 60 },
    );
  });
});
