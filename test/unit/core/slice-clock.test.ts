import { describe, expect, it } from 'vitest';
import { SliceClock } from '../../../src/core/slice-clock.ts';

const createClock = (startMs?: number): SliceClock => new SliceClock({ windowMs: 10_000, slices: 10 }, startMs);

describe('the clock of a slice ring', () => {
  it('expires one slice per slice length and at most all of them', () => {
    const clock = createClock();
    expect(clock.advance(5_500)).toBe(10);
    expect([5_999.9, 6_000, 6_000, 8_999, 8_999.999].map((nowMs) => clock.advance(nowMs))).toEqual([0, 1, 0, 2, 0]);
    expect(clock.advance(1e9)).toBe(10);
  });

  it('tells what will have expired without moving', () => {
    const clock = createClock();
    expect(clock.expiredAt(0)).toBe(10);
    clock.advance(5_500);
    expect([5_500, 5_999, 6_000, 8_000, 14_999, 15_000, 1e12].map((nowMs) => clock.expiredAt(nowMs))).toEqual([
      0, 0, 1, 3, 9, 10, 10,
    ]);
    expect(clock.advance(5_600)).toBe(0);
  });

  it('waits in the current slice while the clock is back by less than the window', () => {
    const clock = createClock();
    clock.advance(20_500);
    expect([19_000, 11_001, 20_900, 20_999].map((nowMs) => clock.advance(nowMs))).toEqual([0, 0, 0, 0]);
    expect(clock.advance(21_000)).toBe(1);
  });

  it('goes on from the new reading when the clock is back by the window or more', () => {
    const clock = createClock();
    clock.advance(1_000_000_000);
    expect(clock.advance(5_000)).toBe(0);
    expect([clock.advance(6_000), clock.advance(8_500), clock.advance(18_000)]).toEqual([1, 2, 10]);
  });

  it('counts an unusable time on reading as the current slice', () => {
    const clock = createClock();
    clock.advance(5_500);
    for (const nowMs of [Number.NaN, Infinity, -Infinity, Number.MAX_VALUE]) expect(clock.expiredAt(nowMs)).toBe(0);
  });

  it('observes from its start, up to what the live slices cover', () => {
    const clock = createClock(5_500);
    expect(clock.observedMs(7_000)).toBe(0);
    clock.advance(5_500);
    // The oldest live slice begins 9 slices before the current one.
    expect([5_500, 7_000, 14_500, 14_999, 15_500, 100_250].map((nowMs) => clock.observedMs(nowMs))).toEqual([
      0, 1_500, 9_000, 9_499, 9_500, 9_250,
    ]);
  });

  it('keeps the observed time when it goes on from an earlier reading', () => {
    const clock = createClock(1_000_000);
    clock.advance(1_000_000);
    clock.advance(1_004_500);
    clock.advance(4_500);
    expect(clock.observedMs(4_500)).toBe(4_500);
  });

  it('refuses windows that cannot be cut into whole milliseconds', () => {
    for (const [windowMs, slices] of [
      [60_000, 7],
      [0, 10],
      [-10, 10],
      [0.5, 2],
      [Number.NaN, 10],
      [Infinity, 10],
      [10, 0],
    ] as const) {
      expect(() => new SliceClock({ windowMs, slices })).toThrow(RangeError);
    }
  });
});
