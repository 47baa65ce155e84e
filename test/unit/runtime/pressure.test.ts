import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assessPressure,
  PRESSURE_CAUSES,
  type PressureFigures,
  PressureSmoother,
  pressureOf,
} from '../../../src/runtime/pressure.ts';
import { verifies } from '../../support/verifies.ts';

const MIB = 1024 ** 2;

const TABLE: readonly (readonly [cause: (typeof PRESSURE_CAUSES)[number], PressureFigures, value: number])[] = [
  ['event_loop_delay', { eventLoopDelaySeconds: 0 }, 0],
  ['event_loop_delay', { eventLoopDelaySeconds: 0.01 }, 0],
  ['event_loop_delay', { eventLoopDelaySeconds: 0.055 }, 0.5],
  ['event_loop_delay', { eventLoopDelaySeconds: 0.1 }, 1],
  ['event_loop_delay', { eventLoopDelaySeconds: 30 }, 1],
  ['event_loop_utilization', { eventLoopUtilization: 0.7 }, 0],
  ['event_loop_utilization', { eventLoopUtilization: 0.84 }, 0.5],
  ['event_loop_utilization', { eventLoopUtilization: 1 }, 1],
  ['queue_wait', { queueWaitSeconds: 0.005 }, 0],
  ['queue_wait', { queueWaitSeconds: 0.0525 }, 0.5],
  ['queue_wait', { queueWaitSeconds: 0.1 }, 1],
  ['concurrency', { activeRequests: 10, capacity: 20 }, 0],
  ['concurrency', { activeRequests: 15, capacity: 20 }, 0.5],
  ['concurrency', { activeRequests: 25, capacity: 20 }, 1],
  ['memory_heap', { heapUsedBytes: 60, heapLimitBytes: 100 }, 0],
  ['memory_heap', { heapUsedBytes: 77.5, heapLimitBytes: 100 }, 0.5],
  ['memory_heap', { heapUsedBytes: 95, heapLimitBytes: 100 }, 1],
  ['memory_container', { containerUsedBytes: 60, containerLimitBytes: 100 }, 0],
  ['memory_container', { containerUsedBytes: 96, containerLimitBytes: 100 }, 1],
  ['transport_backlog', { backlogBytes: 64 * 1024 }, 0],
  ['transport_backlog', { backlogBytes: 4 * MIB }, 1],
];

describe('the pressure of a cause', () => {
  it.each(TABLE)('%s with %j is %d', (cause, figures, value) => {
    verifies('THR-03');
    expect(pressureOf(cause, figures)).toBeCloseTo(value, 9);
    expect(assessPressure(figures).value).toBeCloseTo(value, 9);
  });

  it('is unknown where a figure, a limit or the capacity is, and for what is not a number', () => {
    const unknown: readonly PressureFigures[] = [
      {},
      { activeRequests: 3 },
      { heapUsedBytes: 3, heapLimitBytes: 0 },
      { containerUsedBytes: 3, containerLimitBytes: undefined },
      { eventLoopDelaySeconds: Number.NaN },
    ];
    for (const figures of unknown) expect(assessPressure(figures)).toEqual({ value: 0, causes: [] });
  });

  it('stays between 0 and 1, and never falls when its figure rises', () => {
    verifies('THR-03');
    const figure = fc.oneof(fc.double({ noNaN: true }), fc.double({ min: 0, max: 2, noNaN: true }));
    fc.assert(
      fc.property(figure, figure, (a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        const low = pressureOf('event_loop_delay', { eventLoopDelaySeconds: less }) ?? Number.NaN;
        const high = pressureOf('event_loop_delay', { eventLoopDelaySeconds: more }) ?? Number.NaN;
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(high).toBeGreaterThanOrEqual(low);
      }),
    );
  });
});

describe('the pressure', () => {
  it('is the largest cause, which comes first with its evidence', () => {
    const pressure = assessPressure({
      eventLoopDelaySeconds: 0.055,
      eventLoopUtilization: 0.5,
      activeRequests: 18,
      capacity: 20,
    });
    expect(pressure.causes.map(({ cause }) => cause)).toEqual([
      'concurrency',
      'event_loop_delay',
      'event_loop_utilization',
    ]);
    expect(pressure.value).toBe(pressure.causes[0]?.value);
    expect(pressure.causes[0]?.evidence).toBe('18 requests are in flight, 90 % of the declared capacity of 20');
    expect(pressure.causes[1]?.evidence).toContain('late by 55 ms at P99');
  });

  it('has an evidence sentence for every cause', () => {
    const everything: PressureFigures = {
      eventLoopDelaySeconds: 0.05,
      eventLoopUtilization: 0.9,
      queueWaitSeconds: 0.02,
      activeRequests: 5,
      capacity: 10,
      heapUsedBytes: 90 * MIB,
      heapLimitBytes: 100 * MIB,
      containerUsedBytes: 80 * MIB,
      containerLimitBytes: 100 * MIB,
      backlogBytes: 2 * MIB,
    };
    const { causes } = assessPressure(everything);
    expect(causes.map(({ cause }) => cause).sort()).toEqual([...PRESSURE_CAUSES].sort());
    for (const { evidence } of causes) expect(evidence).not.toMatch(/undefined|NaN/);
    expect(new Set(causes.map(({ evidence }) => evidence)).size).toBe(PRESSURE_CAUSES.length);
  });
});

describe('the smoothing of pressure', () => {
  const busy = { eventLoopUtilization: 1 };
  const idle = { eventLoopUtilization: 0 };
  const smoothed = (values: ReadonlyMap<string, number>) => values.get('event_loop_utilization') ?? Number.NaN;

  it('takes the first figure as it is, and is as quick downwards as upwards', () => {
    const smoother = new PressureSmoother();
    expect(smoothed(smoother.add(busy, 0))).toBe(1);
    const fallen = smoothed(smoother.add(idle, 3000));
    expect(fallen).toBeCloseTo(Math.exp(-1), 9);
    const upwards = new PressureSmoother();
    upwards.add(idle, 0);
    expect(smoothed(upwards.add(busy, 3000))).toBeCloseTo(1 - fallen, 9);
  });

  it('depends on the time that has passed, not on how often it is asked', () => {
    const [often, seldom] = [new PressureSmoother(), new PressureSmoother()];
    for (const smoother of [often, seldom]) smoother.add(idle, 0);
    for (let ms = 100; ms <= 2000; ms += 100) often.add(busy, ms);
    expect(smoothed(often.add(busy, 2000))).toBeCloseTo(smoothed(seldom.add(busy, 2000)), 9);
  });

  it('remembers nothing over an idle gap, and stands when the clock goes backwards', () => {
    const smoother = new PressureSmoother();
    smoother.add(busy, 0);
    expect(smoothed(smoother.add(idle, 3_600_000))).toBe(0);
    expect(smoothed(smoother.add(busy, 1000))).toBe(0);
  });

  it('forgets a cause that is no longer known', () => {
    const smoother = new PressureSmoother();
    smoother.add(busy, 0);
    expect([...smoother.add({}, 1000).keys()]).toEqual([]);
  });
});
