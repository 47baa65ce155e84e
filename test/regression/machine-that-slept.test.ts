import { describe, expect, it } from 'vitest';
import { followingOrigin } from '../../src/core/clock.ts';
import { resolveObjectives } from '../../src/slo/definition.ts';
import { ProcessJudge } from '../../src/slo/process-judge.ts';

const HOUR = 3_600_000;

describe('a machine that slept for eight hours', () => {
  it('has its clock right again: what is dated afterwards is not eight hours old', () => {
    let [now, wall] = [0, 1_700_000_000_000];
    const origin = followingOrigin(
      () => now,
      () => wall,
      wall,
    );
    const wallTime = (): number => origin() + now;
    // The monotonic clock of Linux stands still in sleep.
    now += 5_000;
    wall += 5_000 + 8 * HOUR;
    expect(wallTime()).toBe(wall);
    // A wall clock that is set back leaves ours where it is: time that goes back would be counted twice.
    now += 60_000;
    wall += 60_000 - HOUR;
    expect(wallTime()).toBe(wall + HOUR);
    // Clocks that are a little apart stay so: every correction would be a step in the data.
    wall += HOUR + 900;
    now += 2_000;
    wall += 2_000;
    expect(wallTime()).toBe(wall - 900);
  });

  /** The availability after an hour of ticks and a gap in which the process used so much of a processor. */
  function availabilityAfter(gapMs: number, cpuShare: number): number | undefined {
    let cpuSeconds = 0;
    const read = () => ({ residentBytes: 1, cpuSeconds });
    const judge = new ProcessJudge(resolveObjectives([{ availability: 0.999 }]), read, 0);
    let now = 0;
    for (; now < 3_600_000; now += 1000) judge.tick(now + 1000);
    cpuSeconds += (cpuShare * gapMs) / 1000;
    judge.tick(now + gapMs);
    return judge.objectives[0]?.snapshot().observed;
  }

  it('was not down: where the monotonic clock goes on in sleep, no objective on availability is missed', () => {
    expect(availabilityAfter(8 * HOUR, 0)).toBe(1);
    expect(availabilityAfter(8 * HOUR, 0.001)).toBe(1);
  });

  it('is not mistaken for a loop that stood still: computing for two minutes, or waiting for half of one, is downtime', () => {
    expect(availabilityAfter(120_000, 0.9)).toBeCloseTo(3601 / 3720, 6);
    expect(availabilityAfter(30_000, 0)).toBeCloseTo(3601 / 3630, 6);
  });
});
