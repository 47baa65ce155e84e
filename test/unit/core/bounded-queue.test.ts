import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createBoundedQueue } from '../../../src/core/bounded-queue.ts';

describe('a bounded queue', () => {
  it('returns items in the order they came', () => {
    const queue = createBoundedQueue<string>(3);
    expect([queue.push('a'), queue.push('b')]).toEqual([true, true]);
    expect([queue.shift(), queue.shift(), queue.shift()]).toEqual(['a', 'b', undefined]);
  });

  it('turns items away when full and takes them again after a shift', () => {
    const queue = createBoundedQueue<number>(2);
    expect([queue.push(1), queue.push(2), queue.push(3)]).toEqual([true, true, false]);
    expect(queue.size).toBe(2);
    queue.shift();
    expect(queue.push(4)).toBe(true);
    expect(queue.drain(10)).toEqual([2, 4]);
  });

  it('drains no more than asked for', () => {
    const queue = createBoundedQueue<number>(5);
    for (let i = 0; i < 5; i++) queue.push(i);
    expect(queue.drain(2)).toEqual([0, 1]);
    expect(queue.drain(0)).toEqual([]);
    expect(queue.drain(100)).toEqual([2, 3, 4]);
    expect(queue.size).toBe(0);
  });

  it('puts a failed batch back in front, in its order', () => {
    const queue = createBoundedQueue<number>(6);
    for (let i = 0; i < 5; i++) queue.push(i);
    const batch = queue.drain(3);
    expect(queue.unshiftAll(batch)).toBe(0);
    expect(queue.drain(10)).toEqual([0, 1, 2, 3, 4]);
  });

  it('loses the oldest of a batch that no longer fits, and nothing that was queued meanwhile', () => {
    const queue = createBoundedQueue<number>(4);
    for (let i = 0; i < 4; i++) queue.push(i);
    const batch = queue.drain(3);
    queue.push(4);
    queue.push(5);
    expect(queue.unshiftAll(batch)).toBe(2);
    expect(queue.drain(10)).toEqual([2, 3, 4, 5]);
  });

  it('holds items that are undefined', () => {
    const queue = createBoundedQueue<number | undefined>(3);
    queue.push(undefined);
    queue.push(1);
    expect(queue.drain(3)).toEqual([undefined, 1]);
  });

  it('keeps no reference to an item that was taken', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const queue = createBoundedQueue<object>(8);
    const refs = Array.from({ length: 6 }, () => {
      const item = { payload: new Array(100).fill(0) };
      queue.push(item);
      return new WeakRef(item);
    });
    queue.drain(3);
    queue.shift();
    // A WeakRef stays alive until the end of the job that created it.
    await new Promise((resolve) => setImmediate(resolve));
    gc();
    expect(refs.map((ref) => ref.deref() !== undefined)).toEqual([false, false, false, false, true, true]);
    expect(queue.size).toBe(2);
  });

  it('refuses a capacity that is not a bound', () => {
    for (const capacity of [0, -1, 1.5, Number.NaN, Infinity, 1_000_001]) {
      expect(() => createBoundedQueue(capacity)).toThrow(RangeError);
    }
  });
});
