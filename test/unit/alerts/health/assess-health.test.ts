import { describe, expect, test } from 'vitest';
import { assessHealth, healthLine, healthStatus } from '../../../../src/alerts/health/assess-health.ts';
import { HEALTH_THRESHOLDS } from '../../../../src/alerts/health/concerns.ts';
import type { ObjectiveSnapshot } from '../../../../src/core/model/objective.ts';
import type { ProcessSnapshot, Snapshot, TotalsSnapshot } from '../../../../src/core/model/snapshot.ts';
import { verifies } from '../../../support/verifies.ts';

const CALM: Snapshot = {
  schemaVersion: 1,
  timestamp: 0,
  service: { name: 'kb', version: undefined, instanceId: 'i' },
  windowSeconds: 60,
  operations: [],
  requests: { active: 0, peak: 0, queued: 0 },
  sessions: { active: 0, started: 0 },
  process: undefined,
  dropped: {},
};

const PROCESS: ProcessSnapshot = {
  uptimeSeconds: 10,
  cpuUtilization: 0.1,
  residentBytes: 1e8,
  heapUsedBytes: 100,
  heapLimitBytes: 1000,
  eventLoopDelayP99Seconds: 0,
  eventLoopUtilization: 0.1,
};

function objective(operation: string, overrides: Partial<ObjectiveSnapshot> = {}): ObjectiveSnapshot {
  return {
    id: `${operation} p95`,
    indicator: 'latency',
    operation,
    quantile: 0.95,
    target: 0.2,
    observed: 0.5,
    samples: 80,
    state: 'breached',
    breaches: 10,
    budget: undefined,
    ...overrides,
  };
}

function totals(errorRatio: number, count = 100): TotalsSnapshot {
  const latency = { count, windowSeconds: 60, mean: 0.1, min: 0.1, max: 0.1, quantiles: [] };
  return { count, errors: count * errorRatio, ratePerSecond: 2, errorRatio, latency };
}

describe('the health score', () => {
  test('is 100 and excellent when nothing is wrong, and says so', () => {
    verifies('ALR-08');
    const health = assessHealth({ ...CALM, process: PROCESS, totals: totals(0) });

    expect(health).toMatchObject({ score: 100, status: 'excellent', issues: [] });
    expect(healthLine(health)).toBe('health 100 of 100, excellent: the system is performing well');
    expect(health.components).toEqual([
      { component: 'memory', score: 100, status: 'excellent' },
      { component: 'cpu', score: 100, status: 'excellent' },
    ]);
  });

  test.each([
    ['a P95 over its objective', { objectives: [objective('tools/call slow')] }, 30, 'tools/call slow', '500 ms'],
    ['errors over 5 %', { totals: totals(0.06) }, 30, 'requests', '6.0 % of 100'],
    ['memory over 90 %', { process: { ...PROCESS, heapUsedBytes: 910 } }, 40, 'memory', '91 %'],
    ['memory over 80 %', { process: { ...PROCESS, heapUsedBytes: 850 } }, 20, 'memory', '85 %'],
    [
      'a container near its limit',
      { process: { ...PROCESS, containerUsedBytes: 95, containerLimitBytes: 100 } },
      40,
      'memory',
      'container uses 95 %',
    ],
    ['CPU over 80 %', { process: { ...PROCESS, cpuUtilization: 0.9 } }, 15, 'cpu', '90 % of a core'],
    [
      'a cache with few hits',
      {
        caches: [
          {
            name: 'answers',
            hits: 60,
            misses: 40,
            failures: 0,
            evictions: 0,
            entries: 1,
            hitRatio: 0.6,
            recentLookups: 100,
            byOperation: [],
          },
        ],
      },
      10,
      'cache answers',
      '60 % of 100',
    ],
  ] as const)(
    'loses its points for %s, with the figures and what to do',
    (_what, figures, points, component, evidence) => {
      verifies('ALR-08');
      const { score, issues, components } = assessHealth({ ...CALM, ...figures } as Snapshot);

      expect(score).toBe(100 - points);
      expect(issues).toHaveLength(1);
      expect(issues[0]).toMatchObject({ component, deduction: points, evidence: expect.stringContaining(evidence) });
      expect(issues[0]?.recommendation).not.toBe('');
      if (component !== 'requests')
        expect(components).toContainEqual(expect.objectContaining({ component, score: 100 - points }));
    },
  );

  test('deducts the worst of a kind once, names the others, and never falls below 0', () => {
    verifies('ALR-08');
    const slow = [objective('tools/call a'), objective('tools/call b', { observed: 0.9 })];
    const two = assessHealth({ ...CALM, objectives: slow });
    expect(two.score).toBe(70);
    expect(two.issues[0]).toMatchObject({
      component: 'tools/call b',
      evidence: expect.stringContaining('also tools/call a'),
    });
    expect(two.components.map(({ score }) => score)).toEqual([70, 70]);

    const all = assessHealth({
      ...CALM,
      objectives: slow,
      totals: totals(0.5),
      process: { ...PROCESS, heapUsedBytes: 990, cpuUtilization: 1 },
    });
    expect(all).toMatchObject({ score: 0, status: 'critical' });
    expect(all.issues.reduce((sum, { deduction }) => sum + deduction, 0)).toBe(115);
  });

  test('leaves out what is no judgement on an operation: stages, unknown objectives, too few calls or look-ups', () => {
    const stage = objective('tools/call a', { id: 'tools/call a stage protocol p95' });
    const unknown = objective('tools/call b', { state: 'unknown', observed: undefined });
    expect(assessHealth({ ...CALM, objectives: [stage, unknown], totals: totals(1, 19) }).score).toBe(100);
  });

  test('counts the failures of one type over all operations', () => {
    const operations = [
      { name: 'a', errorTypes: { tool_error: 30, timeout: 35 } },
      { name: 'b', errorTypes: { tool_error: 20 } },
    ].map((rest) => ({
      method: 'm',
      target: undefined,
      count: 200,
      errors: 0,
      active: 0,
      peak: 1,
      ratePerSecond: 1,
      stages: [],
      latency: { count: 200, windowSeconds: 60, mean: 0.3, min: 0.3, max: 0.3, quantiles: [] },
      ...rest,
    }));
    const latency = { count: 400, windowSeconds: 60, mean: 0.3, min: 0.3, max: 0.3, quantiles: [] };
    const totals = { count: 400, errors: 85, errorRatio: 0.2, ratePerSecond: 1, latency };
    const [issue] = assessHealth({ ...CALM, operations, totals }).issues;
    expect(issue?.evidence).toMatch(/; since the start: tool_error 50, timeout 35$/);
  });

  test('judges the mean only where it is asked to and no quantile has an objective', () => {
    const operations = ['a', 'b'].map((name) => ({
      name,
      method: 'm',
      target: undefined,
      count: 50,
      errors: 0,
      errorTypes: {},
      active: 0,
      peak: 1,
      ratePerSecond: 1,
      stages: [],
      latency: { count: 50, windowSeconds: 60, mean: 0.3, min: 0.3, max: 0.3, quantiles: [] },
    }));
    const objectives = [objective('a', { state: 'met', observed: 0.1 })];
    const health = assessHealth({ ...CALM, operations, objectives }, { ...HEALTH_THRESHOLDS, meanSeconds: 0.1 });
    expect(health.issues).toMatchObject([{ component: 'b', deduction: 20 }]);
  });

  test('takes the declared weight off for a component that misses its objective and for an exhausted pool', () => {
    const objectives = [
      objective('x', { id: 'component database postgresql p95', operation: undefined }),
      objective('x', { id: 'component http api p95', operation: undefined }),
    ];
    const pools = [{ name: 'main', system: 'pg', used: 5, idle: 0, pending: 3, max: 5, timeouts: 0, errors: 0 }];
    const thresholds = { ...HEALTH_THRESHOLDS, weights: { 'database postgresql': 25, pool: 7 } };
    const health = assessHealth({ ...CALM, objectives, pools } as unknown as Snapshot, thresholds);
    expect(health.score).toBe(68);
    expect(health.issues.map(({ component }) => component)).toEqual(['database postgresql', 'pool main']);
  });

  test('takes points off while an alert of a weighted rule fires, once for all its series, with its words', () => {
    verifies('RES-05');
    const alert = { rule: 'stock-low', state: 'firing', message: 'shelf a: 7 books left', advice: 'Order some.' };
    const active = [
      alert,
      { ...alert, message: 'shelf b: 2 books left' },
      { ...alert, rule: 'other' },
      { ...alert, rule: 'late', state: 'pending' },
    ];
    const thresholds = { ...HEALTH_THRESHOLDS, weights: { 'rule stock-low': 25, 'rule late': 9 } };
    const health = assessHealth({ ...CALM, alerts: { active } } as unknown as Snapshot, thresholds);
    expect(health).toMatchObject({
      score: 75,
      issues: [
        {
          component: 'rule stock-low',
          deduction: 25,
          evidence: expect.stringContaining('shelf a: 7 books left'),
          recommendation: 'Order some.',
        },
      ],
    });
  });

  test('has the four status of the requirements', () => {
    verifies('ALR-08');
    expect([100, 90, 89, 75, 74, 50, 49, 0].map(healthStatus)).toEqual([
      'excellent',
      'excellent',
      'good',
      'good',
      'warning',
      'warning',
      'critical',
      'critical',
    ]);
  });
});
