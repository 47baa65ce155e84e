import { describe, expect, it } from 'vitest';
import { Alert } from '../../../src/alerts/alert.ts';
import { describeGaugeDeviation, describeLatencyDeviation } from '../../../src/alerts/anomaly/evidence.ts';
import { compileRules } from '../../../src/alerts/compile-rules.ts';
import { explainAlert, type Known } from '../../../src/alerts/explain-alert.ts';
import { assessHealth } from '../../../src/alerts/health/assess-health.ts';
import { HEALTH_THRESHOLDS } from '../../../src/alerts/health/concerns.ts';
import { adviceFor, FIXED_CAUSES } from '../../../src/alerts/recommendations/causes.ts';
import { recommendForLoop } from '../../../src/alerts/recommendations/recommend-loop.ts';
import { RULE_ADVICE } from '../../../src/alerts/rule-advice.ts';
import { recommendScaling } from '../../../src/alerts/scaling/recommend-scaling.ts';
import { assessTrends } from '../../../src/alerts/trends/trends.ts';
import { DEFAULT_RULE_NAMES, type DefaultRuleName } from '../../../src/config/rule-fields.ts';
import { COMPONENT_KINDS } from '../../../src/core/model/component.ts';
import type { Recommendation } from '../../../src/core/model/health.ts';
import type { ObjectiveSnapshot } from '../../../src/core/model/objective.ts';
import type { Snapshot } from '../../../src/core/model/snapshot.ts';

const SEARCH = 'tools/call kb.hybrid_search';
const IDENTITY = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'kb.hybrid_search' };
const OBJECTIVES = new Map<string, ObjectiveSnapshot>(
  [
    objective('p95', { indicator: 'latency', quantile: 0.95, target: 0.2, observed: 0.306, samples: 1204 }, 0.95),
    objective('success', { indicator: 'success', target: 0.99, observed: 0.871, samples: 1204 }, 0.99),
  ].map((known) => [known.id, known]),
);
OBJECTIVES.set('availability', {
  ...objective('success', { indicator: 'availability', target: 0.999, observed: 0.99712, samples: 3600 }, 0.999),
  id: 'availability',
  operation: undefined,
});
const CAUSE: Recommendation = {
  severity: 'warning',
  operation: SEARCH,
  culprit: 'database libsql',
  share: 0.853,
  evidence: '',
  advice: adviceFor('database'),
  withoutSeconds: undefined,
};

function objective(
  what: string,
  figures: Partial<ObjectiveSnapshot>,
  share: number,
): ObjectiveSnapshot & { readonly id: string } {
  return {
    id: `${SEARCH} ${what}`,
    indicator: 'latency',
    operation: SEARCH,
    quantile: undefined,
    target: 0,
    observed: 0,
    samples: 0,
    state: 'breached',
    breaches: 155,
    budget: {
      objective: share,
      remaining: 0.731,
      burnRates: [
        { window: '5m', rate: 12.4 },
        { window: '1h', rate: 2.1 },
        { window: '6h', rate: undefined },
      ],
    },
    ...figures,
  };
}

/** A figure for every rule, in the unit of its metric, and whom it is about. */
const FIRED: Readonly<Record<DefaultRuleName, readonly [value: number, unit: string, attributes: object]>> = {
  'latency-high': [1.53, '1', { 'mcp_vitals.objective': `${SEARCH} p95` }],
  'latency-critical': [2.41, '1', { 'mcp_vitals.objective': `${SEARCH} p95` }],
  'response-time-high': [0.1423, 's', IDENTITY],
  'latency-regression': [2.2, '1', IDENTITY],
  'error-rate-high': [0.128, '%', IDENTITY],
  'error-burst': [1, '1', { 'mcp_vitals.objective': `${SEARCH} success` }],
  'latency-burst': [1, '1', { 'mcp_vitals.objective': `${SEARCH} p95` }],
  'cpu-high': [0.934, '%', {}],
  'memory-high': [0.823, '%', { 'mcp_vitals.memory.limit': 'heap' }],
  'memory-critical': [0.914, '%', { 'mcp_vitals.memory.limit': 'heap' }],
  'memory-emergency': [0.967, '%', { 'mcp_vitals.memory.limit': 'container' }],
  'cache-hit-low': [0.412, '%', { 'mcp_vitals.cache.name': 'queries' }],
  'throughput-low': [41.7, '{request}/s', {}],
  'concurrency-high': [43, '{request}', {}],
  'pool-exhausted': [7, '{request}', { 'db.client.connection.pool.name': 'orders' }],
  'database-errors': [0.034, '%', { 'db.system.name': 'postgresql' }],
  'cache-failures': [0.021, '%', { 'mcp_vitals.cache.name': 'queries' }],
  'event-loop-stalled': [0.244, 's', {}],
  'uptime-low': [2.88, '1', { 'mcp_vitals.objective': 'availability' }],
  'objective-burn-page': [1, '1', { 'mcp_vitals.objective': `${SEARCH} success` }],
  'objective-burn-ticket': [1, '1', { 'mcp_vitals.objective': `${SEARCH} p95` }],
  anomaly: [1, '1', IDENTITY],
  'telemetry-loss': [60, '', { 'mcp_vitals.signal': 'traces' }],
};

const LATENCY = { channel: 'level', since: 1, expected: 0.052, observed: 0.118, requests: 64 } as const;
const KNOWN: Known = {
  findings: () => [
    describeLatencyDeviation(LATENCY, SEARCH),
    {
      ...describeLatencyDeviation(LATENCY, SEARCH),
      kind: 'regression',
      evidence: 'P95 121 % above version 1.4.0 over 24 rounds (1180 rounds of baseline, p < 0.0001)',
    },
  ],
  objective: (id) => OBJECTIVES.get(id),
  cause: () => undefined,
};

function alertText(name: DefaultRuleName, known: Known): string {
  const rules = compileRules([], { profile: 'low-latency', expectedPerSecond: 100, concurrency: 50 });
  const rule = rules.find((one) => one.name === name);
  if (rule === undefined) throw new Error(`no rule ${name}`);
  const [value, unit, attributes] = FIRED[name];
  const alert = new Alert(rule, attributes as Record<string, string>);
  alert.step(1, 1, value, unit);
  alert.explanation = explainAlert(rule, alert.attributes, known) ?? {};
  const { message, advice, severity } = alert.snapshot();
  return `[${severity}] ${name}: ${message}\n  next: ${advice}`;
}

function healthTexts(): string[] {
  const MIB = 1024 * 1024;
  const slow = OBJECTIVES.get(`${SEARCH} p95`) as ObjectiveSnapshot;
  const window = { count: 1204, windowSeconds: 60, mean: 0.18, min: 0.01, max: 1.2, quantiles: [] };
  const operation = {
    name: 'tools/call kb.add_document',
    errorTypes: { tool_error: 12, timeout: 3 },
    latency: window,
  };
  const snapshot = {
    operations: [operation],
    totals: { count: 1204, errors: 96, ratePerSecond: 20, errorRatio: 0.08, latency: window },
    objectives: [slow, { ...slow, id: 'component database postgresql p95', operation: undefined }],
    process: {
      cpuUtilization: 0.93,
      heapUsedBytes: 466 * MIB,
      heapLimitBytes: 512 * MIB,
      residentBytes: 600 * MIB,
    },
    caches: [{ name: 'queries', hitRatio: 0.41, recentLookups: 5012 }],
    pools: [{ name: 'orders', used: 10, idle: 0, pending: 7, max: 10 }],
  } as unknown as Snapshot;
  const thresholds = { ...HEALTH_THRESHOLDS, meanSeconds: 0.1, weights: { pool: 10, 'database postgresql': 10 } };
  const means = assessHealth({ ...snapshot, objectives: [] }, thresholds).issues;
  return [...assessHealth(snapshot, thresholds).issues, ...means.filter(({ deduction }) => deduction === 20)].map(
    ({ component, deduction, evidence, recommendation }) =>
      `−${deduction} ${component}: ${evidence}\n  next: ${recommendation}`,
  );
}

function findingTexts(): string[] {
  const tail = describeLatencyDeviation({ ...LATENCY, channel: 'tail' }, SEARCH);
  const ramp = describeLatencyDeviation({ ...LATENCY, channel: 'ramp' }, SEARCH);
  const gauge = describeGaugeDeviation(
    { expected: 130e6, observed: 412e6, over: 12, score: 2.4 },
    'process memory',
    1,
    {
      unit: 'By',
      pointSeconds: 60,
    },
  );
  return [...KNOWN.findings(), tail, ramp, gauge].map(({ subject, evidence }) => `${subject}: ${evidence}`);
}

function trendTexts(): string[] {
  const minutes = (from: number, step: number) =>
    Array.from({ length: 60 }, (_, n) => from + step * n + (n % 3) * step);
  const trends = assessTrends({
    p95: minutes(0.2, 0.004),
    rate: minutes(20, 0.1),
    errors: minutes(0.01, 0.001),
    memory: minutes(2e8, 1e6),
  });
  return trends.map(({ figure, direction, evidence }) => `${figure} ${direction}: ${evidence}`);
}

function scalingText(): string {
  const samples = Array.from({ length: 90 }, (_, n) => ({
    ratePerSecond: 20 + (n % 30),
    eventLoopUtilization: 0.04 + 0.012 * (20 + (n % 30)) + 0.01 * (n % 2),
    cpuUtilization: 0.05 + 0.009 * (20 + (n % 30)),
  }));
  return recommendScaling(samples, { ratePerSecond: 49, ratePerHour: 20 })?.evidence ?? '';
}

function everyText(): string {
  const loop = recommendForLoop(
    { count: 12, totalMs: 3000, squaresMs: 750_000, longestMs: 281, share: 0.9 },
    60_000,
    20,
  )[0]?.recommendation;
  const kinds = [...new Set([...COMPONENT_KINDS, ...FIXED_CAUSES.map(({ kind }) => kind)])];
  return [
    '# Alerts',
    ...DEFAULT_RULE_NAMES.map((name) => alertText(name, KNOWN)),
    '# Alerts whose cause is known',
    alertText('latency-high', { ...KNOWN, cause: () => CAUSE }),
    alertText('anomaly', { ...KNOWN, cause: () => CAUSE }),
    '# Issues of the health',
    ...healthTexts(),
    '# Recommendations',
    ...kinds.map((kind) => `${kind}: ${adviceFor(kind)}`),
    `${loop?.culprit}: ${loop?.evidence}`,
    '# Findings',
    ...findingTexts(),
    '# Trends and scaling',
    ...trendTexts(),
    scalingText(),
    '',
  ].join('\n');
}

describe('what the product says when something is wrong', () => {
  it('is this, word for word: read it as somebody who was woken by it', async () => {
    await expect(everyText()).toMatchFileSnapshot('../../golden/alerts/texts.txt');
  });

  it('has figures with units and a next step in every alert and every issue, and no hole in a sentence', () => {
    const alerts = DEFAULT_RULE_NAMES.map((name) => alertText(name, KNOWN));
    for (const text of [...alerts, ...healthTexts()]) {
      const [what = '', next = ''] = text.split('\n');
      expect(what).toMatch(/\d/);
      expect(what.length).toBeLessThan(240);
      expect(next).toMatch(/^ {2}next: [A-Z].*\.$/);
      expect(next.length).toBeLessThan(280);
      expect(text).not.toMatch(/[{}]|undefined|NaN|Infinity|\bSLO\b|\bSLA\b|\bincident\b|\boutage\b/);
    }
    expect(Object.keys(RULE_ADVICE).sort()).toEqual([...DEFAULT_RULE_NAMES].sort());
  });

  // "many calls fail at once: 0.556 % of the calls failed in the last 5m, 1 % allowed": a burst of a few seconds.
  it('does not call a share too large that is within what is allowed', () => {
    const early = { objective: 0.99, remaining: 0.4, burnRates: [{ window: '5m', rate: 0.556 }] };
    const known = { ...KNOWN, objective: () => objective('success', { indicator: 'success', budget: early }, 0.99) };
    expect(alertText('error-burst', known)).toContain('many calls fail at once: 40 % of the error budget left\n');
  });
});
