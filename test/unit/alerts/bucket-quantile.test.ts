import { describe, expect, it } from 'vitest';
import { bucketQuantile } from '../../../src/alerts/bucket-quantile.ts';

describe('a quantile out of buckets', () => {
  it.each([
    [0.5, [1, 2, 4], [10, 0, 0, 0], 0.5],
    [0.5, [1, 2, 4], [5, 10, 5, 0], 1.5],
    [0.95, [1, 2, 4], [50, 40, 10, 0], 3],
    [0.99, [1, 2, 4], [0, 0, 0, 7], 4],
    [1, [1, 2, 4], [1, 1, 0, 0], 2],
    [0, [1, 2, 4], [0, 4, 0, 0], 0],
    [0.5, [-1, 2], [4, 0, 0], -1],
  ])('%d of %j with %j is %d', (quantile, boundaries, counts, expected) => {
    expect(bucketQuantile(quantile, boundaries, counts)).toBeCloseTo(expected);
  });

  it('is unknown without recordings or without buckets', () => {
    expect(bucketQuantile(0.5, [1], [0, 0])).toBeUndefined();
    expect(bucketQuantile(0.5, [], [5])).toBeUndefined();
  });
});
