import { describe, expect, it } from 'vitest';
import { LatencyTally } from '../../../src/core/latency-tally.ts';

describe('a tally', () => {
  it('owns no row until its first value, and then one around that value', () => {
    const tally = new LatencyTally(1_101);
    expect(tally.rowBytes).toBe(0);
    tally.add(600, 0.2);
    expect(tally.rowBytes).toBe(33 * 4);
  });

  it('finds the slot of a rank after growing to either side', () => {
    const tally = new LatencyTally(100);
    for (const slot of [50, 3, 99, 0, 50]) tally.add(slot, slot);
    expect([1, 2, 3, 4, 5].map((rank) => tally.slotAtRank(rank))).toEqual([0, 3, 50, 50, 99]);
    expect([tally.count, tally.sum, tally.min, tally.max]).toEqual([5, 202, 0, 99]);
    expect(tally.rowBytes).toBe(400);
  });

  it('is as good as new after clearing, without giving up its row', () => {
    const tally = new LatencyTally(100);
    tally.add(10, 1);
    tally.add(40, 2);
    const { rowBytes } = tally;
    tally.clear();
    expect([tally.count, tally.sum, tally.min, tally.max]).toEqual([0, 0, Infinity, -Infinity]);
    tally.add(20, 3);
    expect(tally.slotAtRank(1)).toBe(20);
    expect([tally.count, tally.min, tally.max, tally.rowBytes]).toEqual([1, 3, 3, rowBytes]);
  });

  it('takes over all values of another tally and leaves that one unchanged', () => {
    const left = new LatencyTally(100);
    const right = new LatencyTally(100);
    left.add(60, 6);
    right.add(5, 0.5);
    right.add(95, 9.5);
    left.addAll(right);
    left.addAll(new LatencyTally(100));
    left.add(5, 0.5);
    expect([1, 2, 3, 4].map((rank) => left.slotAtRank(rank))).toEqual([5, 5, 60, 95]);
    expect([left.count, left.sum, left.min, left.max]).toEqual([4, 16.5, 0.5, 9.5]);
    expect([right.count, right.slotAtRank(1), right.slotAtRank(2)]).toEqual([2, 5, 95]);
  });
});
