import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../src/alerts/compile-rules.ts';
import type { RuleSurroundings } from '../../../src/alerts/default-rules.ts';
import { DEFAULT_RULE_NAMES } from '../../../src/config/rule-fields.ts';
import { verifies } from '../../support/verifies.ts';
import { RulesUnderTest } from './collected.ts';

const PRODUCTION: RuleSurroundings = { profile: 'production', expectedPerSecond: undefined, concurrency: undefined };
const names = (of: Partial<RuleSurroundings>): string[] =>
  compileRules([], { ...PRODUCTION, ...of }).map(({ name }) => name);

describe('the default rules', () => {
  it('are those of the table; some only by profile, some only with what the server declares', () => {
    verifies('ALR-02');
    const conditional = ['response-time-high', 'throughput-low', 'concurrency-high'];
    expect(names({})).toEqual(DEFAULT_RULE_NAMES.filter((name) => !conditional.includes(name)));
    expect(names({ profile: 'testing', expectedPerSecond: 10, concurrency: 50 })).toEqual([...DEFAULT_RULE_NAMES]);
    const rules = compileRules([], { profile: 'low-latency', expectedPerSecond: 10, concurrency: 50 });
    const figures = (name: string): unknown => {
      const rule = rules.find((one) => one.name === name);
      return [rule?.operator, rule?.threshold, rule?.forMs, rule?.severity, rule?.category];
    };
    expect(figures('latency-critical')).toEqual(['>', 2, 30_000, 'critical', 'latency']);
    expect(figures('response-time-high')).toEqual(['>', 0.1, 30_000, 'warning', 'latency']);
    expect(figures('error-rate-high')).toEqual(['>', 0.05, 60_000, 'critical', 'error_rate']);
    expect(figures('cpu-high')).toEqual(['>', 0.8, 120_000, 'warning', 'resource']);
    expect(figures('memory-emergency')).toEqual(['>', 0.95, 30_000, 'emergency', 'memory']);
    expect(figures('throughput-low')).toEqual(['<', 8, 60_000, 'warning', 'throughput']);
    expect(figures('concurrency-high')).toEqual(['>', 40, 30_000, 'warning', 'throughput']);
    expect(figures('pool-exhausted')).toEqual(['>', 0, 10_000, 'critical', 'resource']);
    expect(figures('event-loop-stalled')).toEqual(['>', 0.1, 10_000, 'warning', 'resource']);
    expect(figures('telemetry-loss')).toEqual(['>', 0, 60_000, 'warning', 'telemetry']);
    expect(figures('cache-hit-low')).toEqual(['<', 0.7, 60_000, 'warning', 'resource']);
    expect(compileRules([], PRODUCTION).find(({ name }) => name === 'cache-hit-low')?.threshold).toBe(0.8);
  });

  it('are switched off and changed by name; further rules stand beside them', () => {
    const rules = compileRules(
      [
        { name: 'cpu-high', enabled: false },
        { name: 'memory-high', threshold: 0.5, for: 0 },
        { name: 'event-loop-stalled', severity: 'info' },
        { name: 'throughput-low', severity: 'critical' },
        { name: 'own', metric: 'x', operator: '<', threshold: 1, clear: 2 },
      ],
      PRODUCTION,
    );
    const rule = (name: string) => rules.find((one) => one.name === name);
    expect(rule('cpu-high')).toBeUndefined();
    expect(rule('throughput-low')).toBeUndefined();
    expect(rule('memory-high')).toMatchObject({ threshold: 0.5, clear: 0.5, forMs: 0, severity: 'warning' });
    expect(rule('event-loop-stalled')).toMatchObject({ threshold: 0.1, severity: 'info' });
    expect(rule('own')).toMatchObject({ clear: 2, aggregate: 'value', severity: 'warning', staleMs: 60_000 });
  });

  it('are quiet while their metrics do not exist', async () => {
    const under = new RulesUnderTest([], { withDefaults: true });
    await under.seconds(200);
    expect(under.alerts).toMatchObject({ active: [], history: [] });
  });

  it('fire on what they are about, and say it', async () => {
    verifies('ALR-02');
    const under = new RulesUnderTest([], { withDefaults: true });
    const { meter } = under.metrics;
    const operations = meter.createHistogram('mcp.server.operation.duration', { unit: 's' });
    const cpu = meter.createCounter('process.cpu.time', { unit: 's' });
    const cache = meter.createCounter('mcp_vitals.cache.requests');
    const lost = meter.createCounter('mcp_vitals.self.dropped');
    const database = meter.createHistogram('db.client.operation.duration', { unit: 's' });
    const gauge = (name: string, value: number, attributes: Record<string, string> = {}, unit = '1'): void =>
      meter.createGauge(name, { unit }).record(value, attributes);
    gauge('mcp_vitals.objective.target_ratio', 2.5, { 'mcp_vitals.objective': 'tools/call slow p95' });
    gauge('mcp_vitals.objective.target_ratio', 9, { 'mcp_vitals.objective': 'tools/call slow success' });
    // Three milliseconds of the SDK are worth a look; its hard limit is the one on the P99.
    gauge('mcp_vitals.objective.target_ratio', 3, { 'mcp_vitals.objective': 'stage protocol p95' });
    gauge('mcp_vitals.objective.burning', 1, {
      'mcp_vitals.objective': 'tools/call slow p95',
      'mcp_vitals.tier': 'fast',
    });
    gauge('mcp_vitals.objective.burning', 1, {
      'mcp_vitals.objective': 'tools/call slow success',
      'mcp_vitals.tier': 'fast',
    });
    // A host with more work than processors misses the one millisecond of this for seconds at a time: no page for that.
    gauge('mcp_vitals.objective.burning', 1, {
      'mcp_vitals.objective': 'stage protocol p99',
      'mcp_vitals.tier': 'fast',
    });
    gauge('mcp_vitals.objective.burning', 1, {
      'mcp_vitals.objective': 'tools/call _OTHER success',
      'mcp_vitals.tier': 'fast',
    });
    gauge('mcp_vitals.objective.burning', 1, { 'mcp_vitals.objective': 'b', 'mcp_vitals.tier': '6x' });
    gauge('mcp_vitals.objective.burning', 1, { 'mcp_vitals.objective': 'c', 'mcp_vitals.tier': '1x' });
    gauge('mcp_vitals.memory.utilization', 0.92, { 'mcp_vitals.memory.limit': 'heap' });
    gauge('mcp_vitals.memory.utilization', 0.5, { 'mcp_vitals.memory.limit': 'container' });
    gauge('nodejs.eventloop.delay.p99', 0.25, {}, 's');
    gauge('db.client.connection.pending_requests', 3, { 'db.client.connection.pool.name': 'main' });
    await under.seconds(200, () => {
      for (let n = 0; n < 10; n++) {
        const call = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'slow' };
        operations.record(0.2, n === 0 ? { ...call, 'error.type': 'tool_error' } : call);
        cache.add(1, { 'mcp_vitals.cache.name': 'pages', 'mcp_vitals.cache.result': n < 5 ? 'miss' : 'hit' });
        database.record(0.1, { 'db.system.name': 'postgresql', ...(n === 0 ? { 'error.type': 'x' } : {}) });
      }
      cpu.add(0.5, { 'cpu.mode': 'user' });
      cpu.add(0.45, { 'cpu.mode': 'system' });
      lost.add(1, { 'mcp_vitals.signal': 'traces', 'error.type': 'queue_full' });
    });
    expect(under.alerts.active.map(({ rule, message }) => `${rule}: ${message}`).sort()).toEqual([
      'cache-hit-low: cache pages: 50 % of the look-ups of the last 60 s were hits (threshold 80 %)',
      'cpu-high: the process uses 95 % of a core over 30 s (threshold 80 %)',
      'database-errors: database postgresql: 10 % of its operations failed in the last 60 s (threshold 1 %)',
      'error-burst: tools/call slow success: many calls fail at once',
      'error-rate-high: tools/call slow: 10 % of the calls failed in the last 60 s (threshold 5 %)',
      'event-loop-stalled: P99 of the event-loop delay is 250 ms (threshold 100 ms): every request waits for that',
      'latency-burst: tools/call slow p95: many calls are too slow at once',
      'latency-critical: tools/call slow p95 is 2.5 times its objective',
      'latency-high: stage protocol p95 is 3 times its objective',
      'latency-high: tools/call slow p95 is 2.5 times its objective',
      'memory-critical: memory is at 92 % of the heap limit (threshold 90 %)',
      'memory-high: memory is at 92 % of the heap limit (threshold 80 %)',
      'objective-burn-page: b: the error budget burns at least 6 times as fast as it may',
      'objective-burn-ticket: c: the error budget will not last 30 days',
      'pool-exhausted: pool main: no idle connection, 3 waiting for one',
      'telemetry-loss: 60 items of traces were lost in the last 60 s',
    ]);
  });

  it('about what a server declares, its profile and its past fire after their time, and end', async () => {
    verifies('ALR-02');
    const asked: string[] = [];
    const under = new RulesUnderTest([], {
      withDefaults: true,
      surroundings: { profile: 'testing', expectedPerSecond: 10, concurrency: 50 },
      explain: ({ name }) => {
        asked.push(name);
        return name === 'anomaly' ? { evidence: 'median 200 ms over 60 requests, normally 100 ms' } : undefined;
      },
    });
    const { meter } = under.metrics;
    const operations = meter.createHistogram('mcp.server.operation.duration', { unit: 's' });
    const active = meter.createUpDownCounter('mcp_vitals.active_requests', { unit: '{request}' });
    const cache = meter.createCounter('mcp_vitals.cache.requests');
    const operation = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'slow' };
    const gauges = (bad: boolean): void => {
      const gauge = (name: string, value: number, attributes: Record<string, string>): void =>
        meter.createGauge(name, { unit: '1' }).record(value, attributes);
      gauge('mcp_vitals.memory.utilization', bad ? 0.97 : 0.5, { 'mcp_vitals.memory.limit': 'container' });
      gauge('mcp_vitals.objective.target_ratio', bad ? 1.5 : 0.5, { 'mcp_vitals.objective': 'availability' });
      gauge('mcp_vitals.baseline.ratio', bad ? 2.5 : 1.5, operation);
      gauge('mcp_vitals.anomaly.active', bad ? 1 : 0, { 'mcp.method.name': 'tools/list' });
    };
    const second = (bad: boolean): void => {
      for (let n = 0; n < (bad ? 1 : 10); n++) operations.record(bad ? 0.2 : 0.05, operation);
      cache.add(1, { 'mcp_vitals.cache.name': 'pages', 'mcp_vitals.cache.result': bad ? 'error' : 'hit' });
      cache.add(9, { 'mcp_vitals.cache.name': 'pages', 'mcp_vitals.cache.result': 'hit' });
    };
    active.add(30, { 'mcp.method.name': 'tools/call' });
    active.add(15, { 'mcp.method.name': 'tools/list' });
    gauges(true);
    const firing = (): string[] =>
      under.alerts.active.filter(({ state }) => state === 'firing').map(({ rule }) => rule);
    await under.seconds(29, () => second(true));
    expect(firing().sort()).toEqual(['anomaly', 'uptime-low']);
    await under.seconds(20, () => second(true));
    expect(firing().sort()).toEqual(
      ['anomaly', 'uptime-low', 'concurrency-high', 'memory-critical', 'memory-emergency', 'memory-high']
        .concat('response-time-high')
        .sort(),
    );
    await under.seconds(60, () => second(true));
    const said = new Map(under.alerts.active.map(({ rule, message }) => [rule, message]));
    expect(Object.fromEntries(said)).toMatchObject({
      'response-time-high': 'tools/call slow: a call takes 200 ms on average over 30 s (threshold 100 ms)',
      'latency-regression': 'tools/call slow: P95 is 2.5 times its baseline (threshold 2 times)',
      'memory-emergency': 'memory is at 97 % of the container limit (threshold 95 %)',
      'throughput-low': 'throughput is 1 request/s over 60 s, less than is expected (threshold 8 requests/s)',
      'concurrency-high': '45 requests in flight, close to the declared capacity (threshold 40 requests)',
      'cache-failures': 'cache pages: 10 % of the look-ups failed in the last 60 s (threshold 1 %)',
      'uptime-low': 'the availability objective is missed: 1.5 times the downtime it allows',
      anomaly: 'tools/list: the latency is unusual: median 200 ms over 60 requests, normally 100 ms',
    });
    expect(said.size).toBe(10);
    expect(new Set(asked)).toEqual(new Set(said.keys()));
    active.add(-30, { 'mcp.method.name': 'tools/call' });
    gauges(false);
    await under.seconds(120, () => second(false));
    expect(under.alerts.active).toEqual([]);
    expect(under.alerts.history).toHaveLength(10);
    expect(under.alerts.history.find(({ rule }) => rule === 'anomaly')?.message).toContain('normally 100 ms');
  });
});
