import { describe, expect, it } from 'vitest';
import { createLatencyWindow, mergeLatencyWindows } from '../../../src/core/latency-window.ts';

function filled(count: number, seconds = 0.1): ReturnType<typeof createLatencyWindow> {
  const window = createLatencyWindow();
  for (let i = 0; i < count; i++) window.record(seconds, 0);
  return window;
}

describe('a summary', () => {
  it('of an empty window has a count of 0 and no figures', () => {
    expect(createLatencyWindow().summary(0, [0.5])).toEqual({
      count: 0,
      windowSeconds: 60,
      mean: undefined,
      min: undefined,
      max: undefined,
      quantiles: [{ quantile: 0.5, seconds: undefined, lowSeconds: undefined, highSeconds: undefined, samples: 0 }],
    });
  });

  it('gives P50, P90, P95 and P99 unless others are asked for', () => {
    const quantilesOf = (asked?: readonly number[]) =>
      filled(1)
        .summary(0, asked)
        .quantiles.map(({ quantile }) => quantile);
    expect(quantilesOf()).toEqual([0.5, 0.9, 0.95, 0.99]);
    expect(quantilesOf([0.999, 0.25])).toEqual([0.999, 0.25]);
    expect(quantilesOf([])).toEqual([]);
  });

  for (const [quantile, fewest] of [
    [0.5, 5],
    [0.9, 10],
    [0.95, 20],
    [0.99, 100],
    [0.999, 1_000],
  ] as const) {
    it(`withholds the ${quantile} quantile below ${fewest} samples and gives it from there on`, () => {
      const [few] = filled(fewest - 1).summary(0, [quantile]).quantiles;
      expect(few).toEqual({
        quantile,
        seconds: undefined,
        lowSeconds: undefined,
        highSeconds: undefined,
        samples: fewest - 1,
      });
      const [enough] = filled(fewest).summary(0, [quantile]).quantiles;
      expect(enough?.seconds).toBe(0.1);
      expect(enough?.samples).toBe(fewest);
    });
  }

  it('gives mean, minimum and maximum exactly', () => {
    const window = createLatencyWindow();
    for (const seconds of [0.123, 0.456, 7.89]) window.record(seconds, 0);
    const { mean, min, max } = window.summary(0);
    expect([min, max]).toEqual([0.123, 7.89]);
    expect(mean).toBeCloseTo(8.469 / 3, 12);
  });

  it('has a confidence interval around each percentile, open above while the sample cannot bound it', () => {
    const window = createLatencyWindow();
    for (let i = 1; i <= 200; i++) window.record(i / 100, 0);
    const [p50, , , p99] = window.summary(0).quantiles;
    // Ranks 86 and 115 of 200.
    expect(p50?.lowSeconds).toBeGreaterThan(0.84);
    expect(p50?.lowSeconds).toBeLessThanOrEqual(0.86);
    expect(p50?.highSeconds).toBeGreaterThanOrEqual(1.15);
    expect(p50?.highSeconds).toBeLessThan(1.18);
    expect(p99?.lowSeconds).toBeLessThan(1.98);
    expect(p99?.highSeconds).toBeUndefined();
  });

  it('survives JSON', () => {
    const summary = filled(1_000).summary(0);
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  });

  it('refuses what is not a quantile', () => {
    for (const quantile of [0, 1, 95, Number.NaN]) {
      expect(() => createLatencyWindow().summary(0, [quantile])).toThrow(RangeError);
    }
  });
});

describe('a latency window', () => {
  it('forgets records slice by slice as time passes', () => {
    const window = createLatencyWindow();
    window.record(1, 0);
    window.record(2, 30_000);
    expect(window.summary(59_999).count).toBe(2);
    expect(window.summary(60_000)).toMatchObject({ count: 1, min: 2, max: 2, mean: 2 });
    expect(window.summary(89_999).count).toBe(1);
    expect(window.summary(90_000).count).toBe(0);
  });

  it('keeps its records when the clock goes backwards and expires them when it has caught up', () => {
    const window = createLatencyWindow();
    window.record(1, 100_000);
    window.record(2, 95_000);
    window.record(3, 60_000);
    expect(window.summary(60_000).count).toBe(3);
    expect(window.summary(100_000).count).toBe(3);
    expect(window.summary(155_999).count).toBe(3);
    expect(window.summary(156_000).count).toBe(0);
  });

  it('does not bring back expired records when the clock goes backwards', () => {
    const window = createLatencyWindow();
    window.record(1, 1_000);
    window.record(2, 70_000);
    expect(window.summary(1_000)).toMatchObject({ count: 1, min: 2 });
  });

  it('goes on expiring after one reading in the far future', () => {
    const window = createLatencyWindow();
    window.record(1, 1e12);
    window.record(2, 5_000);
    expect(window.summary(5_000).count).toBe(2);
    expect(window.summary(60_000).count).toBe(0);
  });

  it('ignores and counts what is no latency, and takes 0', () => {
    const window = createLatencyWindow();
    for (const seconds of [Number.NaN, -1, -Number.MIN_VALUE, Infinity, -Infinity, Number.MAX_VALUE]) {
      window.record(seconds, 0);
    }
    expect(window.rejected).toBe(6);
    for (const nowMs of [Number.NaN, Infinity, -Infinity]) window.record(1, nowMs);
    expect(window.rejected).toBe(9);
    expect(window.summary(0).count).toBe(0);
    for (const seconds of [0, -0, 0, 0, 0]) window.record(seconds, 0);
    const { count, min, max, quantiles } = window.summary(0);
    expect([count, min, max, quantiles[0]?.seconds]).toEqual([5, 0, 0, 0]);
  });

  it('counts latencies outside 1 µs to 1 h in the outermost bucket and still knows the extremes', () => {
    const window = createLatencyWindow();
    for (const seconds of [1e-9, 1e-6, 1, 3_600, 10_000]) window.record(seconds, 0);
    expect(window.clamped).toBe(2);
    expect(window.summary(0)).toMatchObject({ count: 5, min: 1e-9, max: 10_000 });
  });

  it('needs no memory before the first record, little for one operation, and never more than 50 KB', () => {
    const window = createLatencyWindow();
    expect(window.rowBytes).toBe(0);
    for (let i = 0; i < 10_000; i++) window.record(0.02 * 1.5 ** (i % 8), i * 6);
    expect(window.rowBytes).toBeLessThan(16_000);
    for (let i = 0; i < 20_000; i++) window.record(1e-6 * 10 ** ((i % 100) / 10), 60_000 + i * 6);
    expect(window.summary(179_994).count).toBeGreaterThan(9_000);
    expect(window.rowBytes).toBeLessThanOrEqual(45_000);
  });
});

describe('merging windows', () => {
  it('takes what is live in each of them at that instant', () => {
    const old = createLatencyWindow();
    const young = createLatencyWindow();
    old.record(1, 0);
    old.record(2, 40_000);
    young.record(3, 50_000);
    expect(mergeLatencyWindows([old, young], 59_000)).toMatchObject({ count: 3, min: 1, max: 3, mean: 2 });
    expect(mergeLatencyWindows([old, young], 60_000)).toMatchObject({ count: 2, min: 2, max: 3, mean: 2.5 });
    expect(mergeLatencyWindows([old, young], 1e9).count).toBe(0);
  });

  it('of no windows is an empty summary', () => {
    expect(mergeLatencyWindows([], 0)).toMatchObject({ count: 0, windowSeconds: 0 });
  });

  it('refuses windows that do not fit together', () => {
    const window = createLatencyWindow();
    for (const other of [createLatencyWindow({ windowMs: 30_000 }), createLatencyWindow({ relativeError: 0.02 })]) {
      expect(() => mergeLatencyWindows([window, other], 0)).toThrow(RangeError);
    }
  });
});
