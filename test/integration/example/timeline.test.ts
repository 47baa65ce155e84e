import { describe, expect, test } from 'vitest';
import { computeTimeline, OBJECTIVE, RULE } from '../../../examples/knowledge-base/demo/timeline.js';
import { formatTimeline } from '../../../examples/knowledge-base/demo/timeline-report.js';

type Observed = Parameters<typeof computeTimeline>[0];
type Snapshot = Observed['before'];
type State = 'met' | 'breached';

const LOCKED = Date.UTC(2030, 0, 1, 12);

const ADVICE = {
  operation: 'tools/call kb.hybrid_search',
  culprit: 'database libsql',
  share: 0.97,
  severity: 'critical',
  evidence: '97 % of the difference is database libsql',
  advice: 'Look at locks.',
  withoutSeconds: 0.012,
};

/** What the server answers so many seconds after the lock was taken. */
function snapshot(seconds: number, state: State, breaches: number, alert?: { firedAt: number; resolvedAt?: number }) {
  const [objective] = OBJECTIVE.split(' ').slice(-1);
  const active = alert !== undefined && alert.resolvedAt === undefined;
  const shown = alert && {
    rule: RULE,
    state: active ? ('firing' as const) : ('resolved' as const),
    attributes: { 'mcp_vitals.objective': OBJECTIVE },
    message: `${objective} is too slow`,
    firedAt: LOCKED + alert.firedAt * 1000,
    ...(alert.resolvedAt === undefined ? {} : { resolvedAt: LOCKED + alert.resolvedAt * 1000 }),
  };
  return {
    timestamp: LOCKED + seconds * 1000,
    windowSeconds: 10,
    operations: [],
    requests: { active: 0, peak: 0, queued: 0 },
    sessions: { active: 1, started: 1 },
    dropped: {},
    pools: [{ name: 'db', system: 'pg', used: breaches, idle: 0, pending: 2 * breaches, max: 10, timeouts: 0 }],
    objectives: [
      {
        id: OBJECTIVE,
        target: 0.2,
        observed: state === 'met' ? 0.05 : 0.6,
        state,
        breaches,
        budget: { objective: 0.95, remaining: 1 - breaches / 10, burnRates: [{ window: '5m', rate: breaches }] },
      },
    ],
    alerts: { active: shown && active ? [shown] : [], history: shown && !active ? [shown] : [] },
    health: { score: 100, status: 'excellent', recommendations: state === 'breached' ? [ADVICE] : [] },
  } satisfies Snapshot;
}

function observed(): Observed {
  return {
    lock: 'BEGIN EXCLUSIVE',
    before: snapshot(-0.1, 'met', 1),
    during: [
      snapshot(-0.1, 'met', 1),
      snapshot(0.5, 'met', 1),
      snapshot(1, 'met', 3),
      snapshot(2, 'breached', 5),
      snapshot(3, 'breached', 6, { firedAt: 2.5 }),
      snapshot(9, 'met', 6, { firedAt: 2.5 }),
      snapshot(10, 'met', 6, { firedAt: 2.5, resolvedAt: 9.5 }),
    ],
    lockedMs: LOCKED,
    releasedMs: LOCKED + 5000,
    calls: [],
    load: { outcomes: [] },
  };
}

describe('the timeline', () => {
  test('names what happened in its order, with the delays, the worst P95 and what it cost', () => {
    const timeline = computeTimeline(observed());

    expect(timeline.events.map(({ event, seconds }) => [event, seconds])).toEqual([
      ['locked', 0],
      ['first search over the objective', 1],
      ['objective missed', 2],
      ['alert firing', 2.5],
      ['released', 5],
      ['objective met again', 9],
      ['alert resolved', 9.5],
    ]);
    expect(timeline).toMatchObject({
      passed: true,
      problems: [],
      delays: { breachToFiringSeconds: 1.5, releaseToResolvedSeconds: 4.5 },
      p95Ms: { before: 50, peak: 600, after: 50 },
      breaches: 5,
      budget: { objective: 0.95, remainingBefore: 0.9, remainingAfter: 0.4, peakBurnRate: 6 },
      pools: [{ name: 'db', peakUsed: 6, peakPending: 12 }],
      message: 'p95 is too slow',
    });
  });

  test('does not take the alert of an earlier time for the one of the lock', () => {
    const input = observed();
    input.during = input.during.map(({ timestamp }) => ({
      ...snapshot(0, 'breached', 9, { firedAt: -20, resolvedAt: -10 }),
      timestamp,
    }));

    expect(computeTimeline(input).problems).toEqual(['no alert fired', 'the alert was never seen firing']);
  });

  test('has the breach no later than the alert, when the rule looked before the next snapshot', () => {
    const input = observed();
    input.during = input.during.filter(({ timestamp }) => timestamp < LOCKED + 700 || timestamp > LOCKED + 2100);
    const { delays, events } = computeTimeline(input);

    expect(delays.breachToFiringSeconds).toBe(0);
    expect(events.find(({ event }) => event === 'objective missed')?.seconds).toBe(2.5);
  });

  test.each<[string, (input: Observed) => void]>([
    [
      'the objective was not met before the lock',
      (input) => {
        input.before = snapshot(-0.1, 'breached', 1);
      },
    ],
    [
      'no alert fired',
      (input) => {
        input.during = input.during.map((seen) => ({ ...seen, alerts: { active: [], history: [] } }));
      },
    ],
    [
      'the alert fired more than 5 s after the first breach',
      (input) => {
        input.during = [snapshot(1, 'breached', 3), snapshot(7, 'breached', 6, { firedAt: 6.1 })];
      },
    ],
    [
      'the alert was not resolved',
      (input) => {
        input.during = input.during.slice(0, -1);
      },
    ],
    [
      'no recommendation named the database, but embedding',
      (input) => {
        const health = { score: 70, status: 'warning', recommendations: [{ ...ADVICE, culprit: 'embedding' }] };
        input.during = input.during.map((seen) => ({ ...seen, health }));
      },
    ],
    [
      'no search missed the objective',
      (input) => {
        input.during = [snapshot(1, 'met', 1)];
      },
    ],
    [
      '1 wrong answers: tools/call kb.hybrid_search: database is locked',
      (input) => {
        const operation = 'tools/call kb.hybrid_search';
        input.calls = [{ operation, mistake: false, run: async () => ({}) }];
        const failure = new Error('database is locked');
        input.load = { outcomes: [{ index: 0, latencyMs: 1, late: false, answer: undefined, failure }] };
      },
    ],
  ])('fails because %s', (problem, change) => {
    const input = observed();
    change(input);
    const timeline = computeTimeline(input);

    expect(timeline.passed).toBe(false);
    expect(timeline.problems).toContain(problem);
    expect(formatTimeline(timeline)).toContain(`FAILED   ${problem}`);
  });

  test('is a table of times with the delays below', () => {
    const text = formatTimeline(computeTimeline(observed()));

    expect(text).toMatch(/^ {2}12:00:02\.500 +2\.50 {2}alert firing$/m);
    expect(text).toContain('50.0 ms before, 600 ms at most, 50.0 ms after; objective 200 ms, missed by 5 searches');
    expect(text).toContain('breach to firing 1.50 s (limit 5 s), release to resolved 4.50 s');
    expect(text).toMatch(/^ {2}critical database libsql, 97 % \(tools\/call kb\.hybrid_search\)$/m);
    expect(text).toContain('97 % of the difference is database libsql; without it they would take 12 ms');
    expect(text).not.toContain('FAILED');
  });
});
