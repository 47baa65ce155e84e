import { describe, expect, test } from 'vitest';
import { verifies } from '../../support/verifies.ts';
import { MILESTONES, milestonesOf, runDemo } from './run-demo.ts';

describe('the demo with a lock on the database of the server', () => {
  // Other work on the machine can slow searches down as well as the lock does; a delay is no fault of the demo then.
  test('shows the breach, the alert that fires within 5 s of it and is resolved afterwards, and exits with 0', {
    retry: 3,
    timeout: 160_000,
  }, async () => {
    verifies('ALR-04');
    const { code, stderr, figures } = await runDemo();
    const { slowPhase } = figures;

    expect(milestonesOf(slowPhase)).toEqual(MILESTONES);
    expect(slowPhase).toMatchObject({ lock: 'BEGIN EXCLUSIVE', rule: 'latency-high' });
    expect(slowPhase.breaches).toBeGreaterThan(0);
    expect(slowPhase.p95Ms.peak).toBeGreaterThan(slowPhase.targetMs ?? Number.NaN);
    expect(slowPhase.budget.remainingAfter).toBeLessThan(slowPhase.budget.remainingBefore ?? Number.NaN);
    expect(stderr).toContain('alert firing [warning] latency-high: tools/call kb.hybrid_search p95: ');
    expect(stderr).toContain('alert resolved [warning] latency-high: tools/call kb.hybrid_search p95: ');
    expect([slowPhase.problems, figures.passed, code]).toEqual([[], true, 0]);
  });
});
