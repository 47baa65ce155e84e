import { describe, expect, it } from 'vitest';
import { createLatencyWindow } from '../../src/core/latency-window.ts';
import { createRateWindow } from '../../src/core/rate-window.ts';

// Seen in a circuit breaker whose ring advanced one slot per event: after an idle hour the events of the hour before
// still counted, and 30 failures opened a circuit that a fresh breaker kept closed.

const HOUR_MS = 3_600_000;

describe('an idle gap as long as the window or longer', () => {
  for (const gapMs of [60_000, 60_001, 66_000, 119_999, HOUR_MS, 24 * HOUR_MS]) {
    it(`makes a latency window equal to a fresh one after ${gapMs} ms`, () => {
      for (const startMs of [0, 1, 5_999, 123_456.789]) {
        const used = createLatencyWindow();
        for (let i = 0; i < 200; i++) used.record(5, startMs - 50_000 + i * 250);
        expect(used.summary(startMs).count).toBe(200);
        expect(used.summary(startMs + gapMs)).toEqual(createLatencyWindow().summary(startMs + gapMs));

        const fresh = createLatencyWindow();
        for (let i = 0; i < 30; i++) {
          used.record(0.01, startMs + gapMs);
          fresh.record(0.01, startMs + gapMs);
        }
        expect(used.summary(startMs + gapMs)).toEqual(fresh.summary(startMs + gapMs));
        expect(used.summary(startMs + gapMs).max).toBe(0.01);
      }
    });

    it(`leaves a rate window with the new events only after ${gapMs} ms`, () => {
      const window = createRateWindow();
      for (let i = 0; i < 100; i++) window.record(1_000 + i, i % 5 < 2);
      expect(window.errors(1_099)).toBe(40);
      expect([window.count(1_099 + gapMs), window.errors(1_099 + gapMs)]).toEqual([0, 0]);
      for (let i = 0; i < 30; i++) window.record(1_099 + gapMs, true);
      expect([window.count(1_099 + gapMs), window.errors(1_099 + gapMs)]).toEqual([30, 30]);
    });
  }

  it('expires nothing early: a gap just short of the window keeps the newest slice', () => {
    const window = createLatencyWindow();
    window.record(1, 5_999);
    expect(window.summary(59_999).count).toBe(1);
    expect(window.summary(60_000).count).toBe(0);
  });
});
