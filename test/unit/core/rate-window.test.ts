import { describe, expect, it } from 'vitest';
import { createRateWindow } from '../../../src/core/rate-window.ts';

describe('a rate window', () => {
  it('gives the steady rate of events over its observed time, young and old', () => {
    const window = createRateWindow({ startMs: 0 });
    for (let nowMs = 100; nowMs <= 600_000; nowMs += 100) {
      window.record(nowMs);
      if (nowMs % 5_000 === 0) expect(window.ratePerSecond(nowMs)).toBeCloseTo(10, 0);
    }
  });

  it('divides by the time since its start while it is younger than the window', () => {
    const window = createRateWindow({ startMs: 1_000 });
    for (let i = 0; i < 30; i++) window.record(3_000);
    expect(window.ratePerSecond(4_000)).toBe(10);
    expect(window.ratePerSecond(16_000)).toBe(2);
  });

  it('counts its age from the first record without a start, and as one second at least', () => {
    const window = createRateWindow();
    window.record(500_000);
    expect(window.ratePerSecond(500_000)).toBe(1);
    expect(window.ratePerSecond(500_500)).toBe(1);
    expect(window.ratePerSecond(504_000)).toBe(0.25);
  });

  it('falls to zero when nothing happens for a window', () => {
    const window = createRateWindow();
    for (let i = 0; i < 100; i++) window.record(1_000, true);
    expect(window.ratePerSecond(59_000)).toBeCloseTo(100 / 58, 9);
    expect([window.ratePerSecond(61_000), window.count(61_000), window.errors(61_000)]).toEqual([0, 0, 0]);
  });

  it('counts errors among the events', () => {
    const window = createRateWindow({ windowMs: 1_000, slices: 2 });
    window.record(0, true);
    window.record(100);
    window.record(500, true);
    expect([window.count(600), window.errors(600)]).toEqual([3, 2]);
    expect([window.count(1_000), window.errors(1_000)]).toEqual([1, 1]);
  });

  it('is zero before the first event', () => {
    const window = createRateWindow();
    expect([window.count(0), window.errors(0), window.ratePerSecond(1_000)]).toEqual([0, 0, 0]);
  });

  it('keeps events and rate when the clock goes backwards', () => {
    const window = createRateWindow({ startMs: 1_000_000 });
    for (let i = 0; i < 20; i++) window.record(1_010_000);
    window.record(1_009_000);
    expect(window.count(1_000)).toBe(21);
    window.record(1_000);
    expect(window.count(1_000)).toBe(22);
    expect(window.ratePerSecond(1_000)).toBeLessThan(3);
    expect(window.count(61_000)).toBe(0);
  });

  it('refuses an unusable start', () => {
    for (const startMs of [Number.NaN, Infinity]) expect(() => createRateWindow({ startMs })).toThrow(RangeError);
  });
});
