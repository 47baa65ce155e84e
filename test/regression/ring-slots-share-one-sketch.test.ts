import { describe, expect, it } from 'vitest';
import { createLatencyWindow } from '../../src/core/latency-window.ts';
import { createRateWindow } from '../../src/core/rate-window.ts';

// Seen in a metrics client that filled its ring with one digest object: one value counted once per slot, percentiles
// inside the first window were wrong, and a ring of zero slots failed only when read.

describe('a window before its first rotation', () => {
  it('counts a single record once', () => {
    const window = createLatencyWindow();
    window.record(1, 0);
    expect(window.summary(0).count).toBe(1);
    const rate = createRateWindow();
    rate.record(0, true);
    expect([rate.count(0), rate.errors(0)]).toEqual([1, 1]);
  });

  it('sees 100 slow records after 100 fast ones in its 60th percentile', () => {
    const window = createLatencyWindow();
    for (let i = 0; i < 100; i++) window.record(1, 0);
    for (let i = 0; i < 100; i++) window.record(100, 0);
    const [p60] = window.summary(0, [0.6]).quantiles;
    expect(p60?.seconds).toBeGreaterThanOrEqual(99);
    expect(p60?.seconds).toBeLessThanOrEqual(100);
  });

  it('loses exactly the records of the slice that expires, one slice after the other', () => {
    const window = createLatencyWindow();
    for (let slice = 0; slice < 10; slice++) {
      for (let i = 0; i <= slice; i++) window.record(slice + 1, slice * 6_000);
    }
    let left = 55;
    expect(window.summary(59_999).count).toBe(left);
    for (let slice = 0; slice < 10; slice++) {
      left -= slice + 1;
      const summary = window.summary(60_000 + slice * 6_000);
      expect(summary.count).toBe(left);
      expect(summary.min).toBe(slice === 9 ? undefined : slice + 2);
    }
  });
});

describe('a window with an impossible number of slices', () => {
  it('is refused when it is built, not when it is read', () => {
    for (const slices of [0, 1, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY, 601]) {
      expect(() => createLatencyWindow({ slices })).toThrow(RangeError);
      expect(() => createRateWindow({ slices })).toThrow(RangeError);
    }
  });
});
