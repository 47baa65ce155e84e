import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlertChange, AlertMachine, isBeyond, type MachineRule } from '../../src/alerts/alert-machine.ts';
import { verifies } from '../support/verifies.ts';
import { HOSTILE_NUMBERS } from './hostile-numbers.ts';

interface Step {
  readonly atMs: number;
  readonly value: number | undefined;
}

const value = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 10 }) },
  { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_NUMBERS) },
  { weight: 1, arbitrary: fc.constant(undefined) },
);
/** Mostly a step a second, with idle gaps, jumps back and readings that are no time at all. */
const jump = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 3000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 10_000_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -200_000, max: -1 }) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);
const steps = fc.array(fc.tuple(jump, value), { maxLength: 200 }).map((pairs) => {
  let now = 1_000_000;
  return pairs.map(([by, figure]): Step => {
    if (Number.isNaN(by)) return { atMs: Number.NaN, value: figure };
    now += by;
    return { atMs: now, value: figure };
  });
});
const interval = fc.constantFrom(0, 1000, 5000, 30_000);
const rule: fc.Arbitrary<MachineRule> = fc
  .record({
    operator: fc.constantFrom('>' as const, '>=' as const, '<' as const, '<=' as const),
    threshold: fc.integer({ min: 3, max: 7 }),
    distance: fc.integer({ min: 0, max: 2 }),
    forMs: interval,
    clearForMs: interval,
    staleMs: fc.constantFrom(1000, 10_000, 60_000),
  })
  .map(({ distance, ...rest }) => ({
    ...rest,
    clear: rest.operator.startsWith('>') ? rest.threshold - distance : rest.threshold + distance,
  }));

function run(of: MachineRule, sequence: readonly Step[]): (AlertChange | undefined)[] {
  const machine = new AlertMachine(of);
  return sequence.map((step) => machine.step(step.atMs, step.value));
}

/**
 * The rule book again, without state of its own: at every step it looks back over all steps since the last change, and only asks
 * how long an unbroken run at its end lasts by its own times.
 */
function reference(of: MachineRule, sequence: readonly Step[]): (AlertChange | undefined)[] {
  const usable = (step: Step): boolean => step.value !== undefined && !Number.isNaN(step.value);
  /** Time of the unbroken run that ends with the last step: since its smallest time after the last jump below its start. */
  const lasts = (all: readonly Step[], inRun: (step: Step) => boolean): number => {
    const broken = all.findLastIndex((step) => !inRun(step));
    const inside = all.slice(broken + 1).map(({ atMs }) => atMs);
    return inside.length === 0 ? -1 : inside.at(-1)! - Math.min(...inside);
  };
  let firing = false;
  let pending = false;
  let seen: Step[] = [];
  return sequence.map((step) => {
    if (!Number.isFinite(step.atMs)) return undefined;
    seen.push(step);
    const beyond = (limit: number) => (one: Step) => usable(one) && isBeyond(one.value!, of.operator, limit);
    if (!firing) {
      if (!beyond(of.threshold)(step)) {
        seen = [];
        const was = pending;
        pending = false;
        return was ? 'withdrawn' : undefined;
      }
      if (lasts(seen, beyond(of.threshold)) >= of.forMs) {
        firing = true;
        pending = false;
        seen = [step];
        return 'fired';
      }
      const was = pending;
      pending = true;
      return was ? undefined : 'pending';
    }
    const clear = (one: Step): boolean => usable(one) && !beyond(of.clear)(one);
    const isOver = clear(step)
      ? lasts(seen, clear) >= of.clearForMs
      : !usable(step) && silentFor(seen, usable) >= of.staleMs;
    if (!isOver) return undefined;
    firing = false;
    seen = [];
    return 'resolved';
  });
}

/** How long there has been no verdict: since the last one, or since the smallest time after it. */
function silentFor(seen: readonly Step[], usable: (step: Step) => boolean): number {
  const last = seen.findLastIndex(usable);
  const since = seen.slice(last).map(({ atMs }) => atMs);
  return since.at(-1)! - Math.min(...since);
}

describe('the alert machine, for any sequence of figures, gaps, clock jumps and NaN', () => {
  it('does what the rule book says', () => {
    verifies('ALR-03');
    fc.assert(
      fc.property(rule, steps, (of, sequence) => {
        expect(run(of, sequence)).toEqual(reference(of, sequence));
      }),
      { numRuns: 500 },
    );
  });

  it('never fires twice without a resolve, never resolves what does not fire', () => {
    fc.assert(
      fc.property(rule, steps, (of, sequence) => {
        const ends = run(of, sequence).filter((change) => change === 'fired' || change === 'resolved');
        expect(ends).toEqual(ends.map((_, at) => (at % 2 === 0 ? 'fired' : 'resolved')));
      }),
      { numRuns: 500 },
    );
  });

  it('never forgets to resolve: the figure is back for long enough, or there is none for long enough', () => {
    fc.assert(
      fc.property(rule, steps, fc.boolean(), (of, sequence, silent) => {
        const machine = new AlertMachine(of);
        let now = 0;
        for (const step of sequence) {
          machine.step(step.atMs, step.value);
          if (Number.isFinite(step.atMs)) now = step.atMs;
        }
        const calm = of.operator.startsWith('>') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
        for (let second = 1; second <= 62; second++) machine.step(now + second * 1000, silent ? undefined : calm);
        expect(machine.state).toBe('quiet');
      }),
      { numRuns: 500 },
    );
  });
});
