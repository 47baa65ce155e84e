import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRateWindow } from '../../src/core/rate-window.ts';
import { HOSTILE_NUMBERS } from './hostile-numbers.ts';
import { gapArbitrary, isPlaceable, NaiveWindow } from './naive-window.ts';

const RUNS = { seed: 20_260_917, numRuns: 200 };

describe('a rate window against a list of all its events', () => {
  it('counts exactly the live events and errors after any history of gaps and clock jumps', () => {
    const events = fc.array(fc.record({ gapMs: gapArbitrary, isError: fc.boolean() }), { maxLength: 150 });
    fc.assert(
      fc.property(events, gapArbitrary, (steps, lastGapMs) => {
        const window = createRateWindow();
        const naive = new NaiveWindow<boolean>(60_000, 10);
        let nowMs = 1_000_000;
        for (const { gapMs, isError } of steps) {
          nowMs += gapMs;
          window.record(nowMs, isError);
          naive.record(isError, nowMs);
        }
        nowMs += lastGapMs;
        expect(window.count(nowMs)).toBe(naive.live(nowMs).length);
        expect(window.errors(nowMs)).toBe(naive.live(nowMs).filter((isError) => isError).length);
      }),
      RUNS,
    );
  });

  it('stays finite and not negative when times are hostile', () => {
    const hostile = fc.oneof(fc.constantFrom(...HOSTILE_NUMBERS), fc.double());
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 40 }), hostile, (times, readMs) => {
        const window = createRateWindow();
        for (const nowMs of times) window.record(nowMs);
        expect(window.rejected).toBe(times.filter((nowMs) => !isPlaceable(nowMs)).length);
        const rate = window.ratePerSecond(readMs);
        expect(Number.isFinite(rate) && rate >= 0).toBe(true);
      }),
      RUNS,
    );
  });
});
