import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Call, CallLog, type ComponentRef } from '../../src/core/call-log.ts';
import { verifies } from '../support/verifies.ts';

const RUNS = { seed: 20_261_121, numRuns: 400 };

const COMPONENTS: readonly ComponentRef[] = [
  { kind: 'database', name: 'postgresql/orders' },
  { kind: 'database', name: 'postgresql/stock' },
  { kind: 'cache', name: 'redis' },
];

interface Interval {
  readonly component: number;
  readonly from: number;
  /** Undefined for a call that is still open when the operation ends. */
  readonly to: number | undefined;
}

const interval = fc
  .record({
    component: fc.nat({ max: COMPONENTS.length - 1 }),
    from: fc.nat({ max: 1000 }),
    length: fc.option(fc.nat({ max: 60 }), { nil: undefined, freq: 20 }),
  })
  .map(({ component, from, length }) => ({ component, from, to: length === undefined ? undefined : from + length }));
const window = fc.tuple(fc.nat({ max: 500 }), fc.integer({ min: 500, max: 1200 }));

/** Counts the milliseconds, one by one, in which an interval runs. */
function naiveUnion(intervals: readonly Interval[], [from, to]: readonly [number, number]): number {
  let covered = 0;
  for (let at = from; at < to; at += 1) {
    if (intervals.some((each) => each.from <= at && (each.to ?? Number.POSITIVE_INFINITY) > at)) covered += 1;
  }
  return covered;
}

/** Plays the intervals in the order of time, as a process does. */
function play(log: CallLog, intervals: readonly Interval[]): void {
  const open = new Map<Interval, Call | undefined>();
  const events = intervals.flatMap((each) => [
    { at: each.from, isEnd: false, each },
    ...(each.to === undefined ? [] : [{ at: each.to, isEnd: true, each }]),
  ]);
  for (const { at, isEnd, each } of events.sort((a, b) => a.at - b.at || Number(a.isEnd) - Number(b.isEnd))) {
    const call = open.get(each);
    if (!isEnd) open.set(each, log.begin(COMPONENTS[each.component] as ComponentRef, 'span', at));
    else if (call !== undefined) log.end(call, at, false);
  }
}

describe('the component calls of an operation', () => {
  verifies('LAT-04');

  it('add up to the union of their intervals, per component, per kind and over all, for any set of up to 250', () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 250 }), window, (intervals, [from, to]) => {
        const log = new CallLog();
        play(log, intervals);
        const totals = log.close(from, to);
        expect(totals.busyMs).toBe(naiveUnion(intervals, [from, to]));
        for (const { component, busyMs, calls } of totals.components) {
          const own = intervals.filter((each) => COMPONENTS[each.component] === component);
          expect(busyMs).toBe(naiveUnion(own, [from, to]));
          expect(calls.span).toBe(own.length);
        }
        for (const [kind, busyMs] of totals.kinds) {
          const own = intervals.filter((each) => COMPONENTS[each.component]?.kind === kind);
          expect(busyMs).toBe(naiveUnion(own, [from, to]));
        }
      }),
      { ...RUNS, numRuns: 150 },
    );
  });

  it('add up exactly for thousands of calls, of which 256 are held at a time', () => {
    const closed = interval.filter(({ to }) => to !== undefined);
    fc.assert(
      fc.property(fc.array(closed, { minLength: 600, maxLength: 1500, size: 'max' }), (intervals) => {
        const log = new CallLog();
        play(log, intervals);
        const everything = [-1, 2000] as const;
        expect(log.close(...everything).busyMs).toBe(naiveUnion(intervals, everything));
      }),
      { ...RUNS, numRuns: 15 },
    );
  });

  it('never take more than the operation itself, whatever runs before and after', () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 60 }), window, (intervals, [from, to]) => {
        const log = new CallLog();
        play(log, intervals);
        const { busyMs, components } = log.close(from, to);
        expect(busyMs).toBeLessThanOrEqual(to - from);
        for (const each of components) expect(each.busyMs).toBeLessThanOrEqual(busyMs);
        expect(busyMs).toBeLessThanOrEqual(components.reduce((sum, each) => sum + each.busyMs, 0));
      }),
      RUNS,
    );
  });
});
