import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../../src/core/token-bucket.ts';

describe('a token bucket', () => {
  it('lets one second of events pass at once, then as many as time brings', () => {
    let now = 1000;
    const bucket = new TokenBucket(10, () => now);
    const taken = (tries: number): number => Array.from({ length: tries }, () => bucket.take()).filter(Boolean).length;
    expect(taken(50)).toBe(10);
    now += 100;
    expect(taken(50)).toBe(1);
    now += 450;
    expect(taken(50)).toBe(4);
    now += 50;
    expect(taken(50)).toBe(1);
    now += 3_600_000;
    expect(taken(50)).toBe(10);
  });

  it('lets nothing pass at a rate of 0', () => {
    let now = 0;
    const bucket = new TokenBucket(0, () => now);
    expect(bucket.take()).toBe(false);
    now += 1e9;
    expect(bucket.take()).toBe(false);
  });
});
