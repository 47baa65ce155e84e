import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLatencyWindow, type LatencyWindow, mergeLatencyWindows } from '../../src/core/latency-window.ts';
import { LogBuckets } from '../../src/core/log-buckets.ts';
import { HOSTILE_NUMBERS } from './hostile-numbers.ts';
import {
  expectToDescribe,
  gapArbitrary,
  isAccepted,
  isPlaceable,
  NaiveWindow,
  type Step,
  secondsArbitrary,
  stepArbitrary,
} from './naive-window.ts';

const QUANTILES = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999];
const RUNS = { seed: 20_260_917, numRuns: 150 };

/** Records steps from a common start; returns the time reached. */
function replay(window: LatencyWindow, steps: readonly Step[], startMs = 1_000_000): number {
  let nowMs = startMs;
  for (const { gapMs, seconds } of steps) {
    nowMs += gapMs;
    window.record(seconds, nowMs);
  }
  return nowMs;
}

describe('a latency window against a list of all its records', () => {
  it('describes exactly the live records after any history of gaps, clock jumps and hostile values', () => {
    fc.assert(
      fc.property(fc.array(stepArbitrary, { maxLength: 150 }), gapArbitrary, (steps, lastGapMs) => {
        const window = createLatencyWindow();
        const naive = new NaiveWindow<number>(60_000, 10);
        const nowMs = replay(window, steps) + lastGapMs;
        let at = 1_000_000;
        for (const { gapMs, seconds } of steps) {
          at += gapMs;
          if (isAccepted(seconds)) naive.record(seconds, at);
        }
        expectToDescribe(window.summary(nowMs, QUANTILES), naive.live(nowMs));
        expect(window.rejected).toBe(steps.filter((step) => !isAccepted(step.seconds)).length);
      }),
      RUNS,
    );
  });

  it('keeps percentiles up to P99.9 within its relative error whatever the layout, the sample size and the ties', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0.001, 0.005, 0.01, 0.02, 0.1),
        fc.array(secondsArbitrary, { minLength: 1, maxLength: 1_500, size: 'max' }),
        (relativeError, values) => {
          const window = createLatencyWindow({ relativeError });
          for (const seconds of values) window.record(seconds, 0);
          expectToDescribe(window.summary(0, QUANTILES), values, relativeError);
        },
      ),
      { ...RUNS, numRuns: 60 },
    );
  });

  it('puts every latency of the range into a bucket that holds it and represents it within the relative error', () => {
    fc.assert(
      fc.property(fc.constantFrom(0.001, 0.01, 0.25), secondsArbitrary, (relativeError, seconds) => {
        const buckets = new LogBuckets(relativeError);
        const slot = buckets.slotOf(seconds);
        expect(slot).toBeGreaterThanOrEqual(0);
        expect(slot).toBeLessThan(buckets.slotCount);
        expect(buckets.lowerBound(slot)).toBeLessThanOrEqual(seconds * (1 + 1e-12));
        expect(buckets.upperBound(slot)).toBeGreaterThanOrEqual(seconds * (1 - 1e-12));
        expect(Math.abs(buckets.estimate(slot) - seconds)).toBeLessThanOrEqual(seconds * relativeError * (1 + 1e-9));
      }),
      { ...RUNS, numRuns: 2_000 },
    );
  });

  it('never throws and stays JSON-serialisable when both latency and time are hostile', () => {
    const hostile = fc.oneof(fc.constantFrom(...HOSTILE_NUMBERS), fc.double());
    fc.assert(
      fc.property(fc.array(fc.tuple(hostile, hostile), { maxLength: 60 }), hostile, (records, readMs) => {
        const window = createLatencyWindow();
        for (const [seconds, nowMs] of records) window.record(seconds, nowMs);
        const summary = window.summary(readMs);
        const usable = records.filter(([seconds, nowMs]) => isAccepted(seconds) && isPlaceable(nowMs));
        expect(window.rejected).toBe(records.length - usable.length);
        expect(summary.count).toBeLessThanOrEqual(usable.length);
        for (const figure of [summary.mean, summary.min, summary.max]) {
          expect(figure === undefined || Number.isFinite(figure)).toBe(true);
        }
        expect(JSON.parse(JSON.stringify(summary)).count).toBe(summary.count);
      }),
      RUNS,
    );
  });

  it('answers a second reader the same as the first, and a reader changes nothing for later records', () => {
    fc.assert(
      fc.property(
        fc.array(stepArbitrary, { maxLength: 60 }),
        fc.array(gapArbitrary, { maxLength: 5 }),
        (steps, reads) => {
          const read = createLatencyWindow();
          const unread = createLatencyWindow();
          let nowMs = 0;
          for (const { gapMs, seconds } of steps) {
            nowMs += gapMs;
            read.record(seconds, nowMs);
            unread.record(seconds, nowMs);
            for (const gap of reads) read.summary(nowMs + gap);
          }
          expect(read.summary(nowMs)).toEqual(unread.summary(nowMs));
          expect(read.summary(nowMs)).toEqual(read.summary(nowMs));
        },
      ),
      RUNS,
    );
  });
});

describe('merging latency windows', () => {
  // A clock that only moves forward, as merged windows share one.
  const forward = fc.array(
    fc.record({ gapMs: fc.integer({ min: 0, max: 9_000 }), seconds: secondsArbitrary, to: fc.nat({ max: 2 }) }),
    { maxLength: 120 },
  );

  function split(steps: readonly (Step & { to: number })[]): {
    parts: LatencyWindow[];
    whole: LatencyWindow;
    nowMs: number;
  } {
    const parts = [createLatencyWindow(), createLatencyWindow(), createLatencyWindow()];
    const whole = createLatencyWindow();
    let nowMs = 500;
    for (const { gapMs, seconds, to } of steps) {
      nowMs += gapMs;
      parts[to]!.record(seconds, nowMs);
      whole.record(seconds, nowMs);
    }
    return { parts, whole, nowMs };
  }

  /** Everything but the mean, whose last digit depends on the order of additions. */
  const withoutMean = ({ mean: _mean, ...rest }: ReturnType<LatencyWindow['summary']>) => rest;

  it('equals one window that was given all records', () => {
    fc.assert(
      fc.property(forward, fc.integer({ min: 0, max: 70_000 }), (steps, gapMs) => {
        const { parts, whole, nowMs } = split(steps);
        const merged = mergeLatencyWindows(parts, nowMs + gapMs, QUANTILES);
        const expected = whole.summary(nowMs + gapMs, QUANTILES);
        expect(withoutMean(merged)).toEqual(withoutMean(expected));
        expect(merged.mean ?? 0).toBeCloseTo(expected.mean ?? 0, 9);
      }),
      RUNS,
    );
  });

  it('does not depend on the order, and an empty window is the identity', () => {
    fc.assert(
      fc.property(forward, (steps) => {
        const { parts, nowMs } = split(steps);
        const [a, b, c] = parts as [LatencyWindow, LatencyWindow, LatencyWindow];
        const merged = withoutMean(mergeLatencyWindows([a, b, c], nowMs));
        expect(withoutMean(mergeLatencyWindows([c, a, b], nowMs))).toEqual(merged);
        expect(withoutMean(mergeLatencyWindows([b, createLatencyWindow(), c, a], nowMs))).toEqual(merged);
        expect(mergeLatencyWindows([a, createLatencyWindow()], nowMs)).toEqual(a.summary(nowMs));
      }),
      RUNS,
    );
  });
});
