import { afterEach, describe, expect, it } from 'vitest';
import { createDiag } from '../../../src/core/diag.ts';
import { createRuntimeSampler, type RuntimeSampler } from '../../../src/runtime/runtime-sampler.ts';
import { FakeClock } from '../../support/fake-clock.ts';

let sampler: RuntimeSampler;
afterEach(() => sampler.stop());

describe('the runtime sampler', () => {
  it('has process figures before it starts, and shares only once there is an interval', () => {
    const clock = new FakeClock();
    sampler = createRuntimeSampler({ clock });
    const unstarted = sampler.snapshot();
    expect(unstarted.residentBytes).toBeGreaterThan(1_000_000);
    expect(unstarted.heapUsedBytes).toBeGreaterThan(1_000_000);
    expect(unstarted.heapLimitBytes).toBeGreaterThan(unstarted.heapUsedBytes);
    expect(unstarted.uptimeSeconds).toBeGreaterThan(0);
    expect(unstarted).toMatchObject({ cpuUtilization: undefined, eventLoopDelayP99Seconds: undefined });
    sampler.start();
    expect(sampler.snapshot().cpuUtilization).toBeUndefined();
    clock.advance(1000);
    expect(sampler.snapshot().cpuUtilization).toBeGreaterThanOrEqual(0);
  });

  it('samples every second unless told otherwise, and any number of reads in between see the same sample', () => {
    const clock = new FakeClock();
    sampler = createRuntimeSampler({ clock });
    sampler.start();
    const first = sampler.latest();
    clock.advance(999);
    expect(sampler.latest()).toBe(first);
    clock.advance(1);
    const second = sampler.latest();
    expect(second).not.toBe(first);
    expect(second.takenAtMs - first.takenAtMs).toBe(1000);
    expect(sampler.latest()).toBe(second);
    sampler.stop();

    sampler = createRuntimeSampler({ clock, intervalMs: 50 });
    sampler.start();
    const start = sampler.latest();
    clock.advance(50);
    expect(sampler.latest().takenAtMs - start.takenAtMs).toBe(50);
  });

  it('keeps one timer however often it is started, stops however often it is stopped, and can be started again', () => {
    const clock = new FakeClock();
    sampler = createRuntimeSampler({ clock });
    sampler.start();
    sampler.start();
    sampler.stop();
    sampler.stop();
    const last = sampler.latest();
    clock.advance(5000);
    expect(sampler.latest()).toBe(last);
    sampler.start();
    clock.advance(1000);
    expect(sampler.latest().takenAtMs).toBe(6000);
  });

  it('contains a failing listener of garbage collections and tells the others', async () => {
    const lines: string[] = [];
    const clock = new FakeClock();
    sampler = createRuntimeSampler({ clock, diag: createDiag({ clock, sink: (line) => lines.push(line) }) });
    sampler.onGarbageCollection(() => {
      throw new Error('listener of the test');
    });
    let stopListening = () => {};
    const told = new Promise<number>((resolve) => {
      stopListening = sampler.onGarbageCollection((_type, durationSeconds) => resolve(durationSeconds));
    });
    sampler.start();
    let garbage: unknown[] = [];
    for (let round = 0; round < 200; round += 1) garbage = new Array(100_000).fill({ round });
    expect(garbage).toHaveLength(100_000);
    expect(await told).toBeGreaterThan(0);
    stopListening();
    expect(lines).toEqual([expect.stringContaining('listener of the test')]);
  });
});
