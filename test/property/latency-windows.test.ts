import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLatencyWindow, type LatencySummary } from '../../src/core/latency-window.ts';
import { LatencyWindows } from '../../src/core/latency-windows.ts';
import { verifies } from '../support/verifies.ts';
import { HOSTILE_NUMBERS } from './hostile-numbers.ts';
import { gapArbitrary, isAccepted, NaiveWindow, stepArbitrary } from './naive-window.ts';

const RUNS = { seed: 20_261_121, numRuns: 200 };
const SHAPES = [
  { windowMs: 60_000, slices: 10 },
  { windowMs: 300_000, slices: 5 },
  { windowMs: 3_600_000, slices: 6 },
];

/** Gaps around every window and every slice of them, forward and back. */
const longGap = fc.oneof(
  gapArbitrary,
  fc.constantFrom(299_999, 300_000, 600_000, 3_599_999, 3_600_001, 86_400_000, -61_000, -299_999, -301_000, -3_600_001),
);
const history = fc.array(fc.record({ step: stepArbitrary, gapMs: longGap, isError: fc.boolean() }), { maxLength: 120 });

/** Everything but the mean, whose last digit depends on the order of additions. */
function withoutMean({ mean: _mean, ...rest }: LatencySummary): Omit<LatencySummary, 'mean'> {
  return rest;
}

describe('the three sliding windows of an operation', () => {
  it('each equal a window of that shape that was given every record, whatever the gaps, jumps and hostile values', () => {
    verifies('LAT-05');
    fc.assert(
      fc.property(history, longGap, (steps, lastGapMs) => {
        const windows = new LatencyWindows();
        const alone = SHAPES.map((shape) => createLatencyWindow(shape));
        const errors = SHAPES.map(({ windowMs, slices }) => new NaiveWindow<boolean>(windowMs, slices));
        let nowMs = 10_000_000;
        for (const { step, gapMs, isError } of steps) {
          nowMs += gapMs;
          windows.record(step.seconds, nowMs, isError);
          for (const window of alone) window.record(step.seconds, nowMs);
          if (isAccepted(step.seconds)) for (const naive of errors) naive.record(isError, nowMs);
        }
        const readMs = nowMs + lastGapMs;
        const figures = windows.figures(readMs);
        expect(figures.map(({ windowSeconds }) => windowSeconds)).toEqual([60, 300, 3600]);
        for (const [index, { latency, errorRatio }] of figures.entries()) {
          const expected = alone[index]?.summary(readMs) as LatencySummary;
          expect(withoutMean(latency)).toEqual(withoutMean(expected));
          const mean = expected.mean ?? 0;
          expect(Math.abs((latency.mean ?? 0) - mean)).toBeLessThanOrEqual(mean * 1e-9);
          const live = errors[index]?.live(readMs) ?? [];
          expect(latency.count).toBe(live.length);
          expect(errorRatio).toBe(live.length === 0 ? undefined : live.filter(Boolean).length / live.length);
        }
        expect([windows.rejected, windows.clamped]).toEqual([alone[0]?.rejected, alone[0]?.clamped]);
        expect(windows.summary(readMs)).toEqual(figures[0]?.latency);
        expect(windows.figures(readMs)).toEqual(figures);
      }),
      RUNS,
    );
  });

  it('never throw and stay JSON-serialisable when latency and time are both hostile', () => {
    const hostile = fc.oneof(fc.constantFrom(...HOSTILE_NUMBERS), fc.double());
    fc.assert(
      fc.property(fc.array(fc.tuple(hostile, hostile), { maxLength: 60 }), hostile, (records, readMs) => {
        const windows = new LatencyWindows();
        for (const [seconds, nowMs] of records) windows.record(seconds, nowMs);
        for (const figures of windows.figures(readMs)) {
          expect(figures.latency.count).toBeLessThanOrEqual(records.length);
          expect(Number.isFinite(figures.ratePerSecond)).toBe(true);
          expect(JSON.parse(JSON.stringify(figures)).windowSeconds).toBe(figures.windowSeconds);
        }
      }),
      RUNS,
    );
  });

  it('stay within 50 KB over an hour of ordinary traffic', () => {
    verifies('LAT-05');
    const windows = new LatencyWindows();
    for (let second = 0; second < 7200; second += 1) {
      // A spread of 100 between the fastest and the slowest.
      for (let call = 0; call < 20; call += 1) windows.record(0.01 * 10 ** ((call % 20) / 10), second * 1000);
    }
    expect(windows.rowBytes).toBeLessThan(50_000);
    expect(windows.figures(7_199_000)[2]?.ratePerSecond).toBeCloseTo(20, 0);
  });
});
