import { resourceFromAttributes } from '@opentelemetry/resources';
import { describe, expect, it } from 'vitest';
import { createDiag } from '../../../src/core/diag.ts';
import type { ObjectiveSnapshot } from '../../../src/core/model/objective.ts';
import type { Snapshot } from '../../../src/core/model/snapshot.ts';
import type { Operation } from '../../../src/mcp/operation.ts';
import { OperationEntry } from '../../../src/mcp/operation-entry.ts';
import { createHealthPart } from '../../../src/sdk/health-part.ts';
import { createMetrics } from '../../../src/sdk/providers.ts';
import { SeriesProducer } from '../../../src/sdk/series-producer.ts';
import { formatSummary } from '../../../src/sdk/summary-text.ts';
import { METRIC_HEALTH_SCORE } from '../../../src/semconv/health-streams.ts';
import { STAGE_EXECUTION, STAGES } from '../../../src/semconv/stages.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { verifies } from '../../support/verifies.ts';
import { load } from '../config/load.ts';
import { createEndpoint, get } from '../status/endpoint.ts';
import { SNAPSHOT } from '../status/snapshot.ts';

const TOOL = 'tools/call search';
const ENTRY = new OperationEntry('tools/call', 'tool', 'search', { boundaries: [1], windowMs: 60_000 });

/** Figures in which the tool has this P95 with an objective of 100 ms, and this share of its requests fails. */
function figures(p95Seconds: number, errorRatio: number): Snapshot {
  const quantiles = [0.5, 0.95].map((quantile) => ({
    quantile,
    seconds: quantile === 0.5 ? 0.02 : p95Seconds,
    lowSeconds: undefined,
    highSeconds: undefined,
    samples: 100,
  }));
  const latency = { count: 100, windowSeconds: 60, mean: 0.05, min: 0.01, max: 1, quantiles };
  const objective: ObjectiveSnapshot = {
    id: `${TOOL} p95`,
    indicator: 'latency',
    operation: TOOL,
    quantile: 0.95,
    target: 0.1,
    observed: p95Seconds,
    samples: 100,
    state: p95Seconds > 0.1 ? 'breached' : 'met',
    breaches: 1,
    budget: undefined,
  };
  const errors = 100 * errorRatio;
  const errorTypes: Record<string, number> = errors === 0 ? {} : { tool_error: errors };
  const shared = { count: 100, errors, ratePerSecond: 2, latency };
  return {
    ...SNAPSHOT,
    operations: [
      { ...shared, name: TOOL, method: 'tools/call', target: 'search', errorTypes, active: 0, peak: 1, stages: [] },
    ],
    totals: { ...shared, errorRatio },
    objectives: [objective],
    process: {
      uptimeSeconds: 60,
      cpuUtilization: 0.1,
      residentBytes: 1e8,
      heapUsedBytes: errorRatio > 0 ? 97e6 : 10e6,
      heapLimitBytes: 100e6,
      eventLoopDelayP99Seconds: 0,
      eventLoopUtilization: 0.1,
    },
  };
}

/** Counts how often timers have fired. */
class CountingClock extends FakeClock {
  fired = 0;

  override every(intervalMs: number, fn: () => void): ReturnType<FakeClock['every']> {
    return super.every(intervalMs, () => {
      this.fired += 1;
      fn();
    });
  }
}

async function start() {
  const { values: config } = await load();
  const clock = new CountingClock();
  let now = figures(0.03, 0);
  const part = createHealthPart({
    config,
    clock,
    diag: createDiag({ sink: () => {} }),
    history: () => undefined,
    runtime: undefined,
    figures: () => now,
    totals: () => now.totals,
  });
  const producer = new SeriesProducer(() => part.series?.() ?? [], {
    startedAt: clock.timeOrigin,
    now: () => clock.timeOrigin + clock.now(),
    version: '1',
  });
  const { reader } = createMetrics(resourceFromAttributes({}), producer);
  part.start?.();
  return {
    part,
    clock,
    set: (next: Snapshot) => {
      now = next;
      clock.advance(5000);
    },
    async scores(): Promise<Record<string, unknown>> {
      const metrics = (await reader.metrics()).scopeMetrics.flatMap((scope) => scope.metrics);
      const points = metrics.find(({ descriptor }) => descriptor.name === METRIC_HEALTH_SCORE)?.dataPoints ?? [];
      return Object.fromEntries(points.map(({ attributes, value }) => [Object.values(attributes).join(), value]));
    },
    call(componentMs: number): void {
      const stagesMs = new Float64Array(STAGES.length);
      stagesMs[STAGE_EXECUTION] = componentMs;
      const receivedAt = clock.now();
      const calls = {
        moments: [],
        totals: {
          components: [
            {
              component: DATABASE,
              busyMs: componentMs,
              calls: { channel: 1, span: 0, code: 0 },
              errors: { channel: 0, span: 0, code: 0 },
            },
          ],
          kinds: new Map(),
          busyMs: componentMs,
        },
      };
      const operation = {
        requestId: 1,
        receivedAt,
        executionFrom: receivedAt,
        sendTo: receivedAt + componentMs,
        calls,
      } as unknown as Operation;
      part.onFinished?.(operation, ENTRY, stagesMs);
    },
  };
}

const DATABASE = { kind: 'database', name: 'postgresql' } as const;

describe('the health of the process', () => {
  it('is answered with 503 on /health only while it is critical, and /health/live stays 200', async () => {
    verifies('ALR-08');
    const { part, clock, set } = await start();
    const { server } = createEndpoint({
      sources: {
        metricsText: async () => '',
        snapshot: () => SNAPSHOT,
        summaryText: () => '',
        health: () => part.latest(),
      },
    });
    const { url } = (await server.start()) ?? { url: '' };
    const answers = async () => {
      const health = await get(`${url}/health`);
      return [health.status, JSON.parse(String(health.body)).status, (await get(`${url}/health/live`)).status];
    };
    expect(await answers()).toEqual([200, 'ok', 200]);
    clock.advance(5000);
    expect(await answers()).toEqual([200, 'excellent', 200]);
    set(figures(0.15, 0));
    expect(await answers()).toEqual([200, 'warning', 200]);
    set(figures(0.5, 0.5));
    expect(await answers()).toEqual([503, 'critical', 200]);
    set(figures(0.03, 0));
    expect(await answers()).toEqual([200, 'excellent', 200]);
    part.stop?.();
  });

  it('is a gauge: the score over all, and that of each component', async () => {
    verifies('ALR-08');
    const { part, set, scores } = await start();
    expect(await scores()).toEqual({});
    set(figures(0.03, 0));
    expect(await scores()).toEqual({ '': 100, [TOOL]: 100, memory: 100, cpu: 100 });
    set(figures(0.5, 0));
    expect(await scores()).toEqual({ '': 70, [TOOL]: 70, memory: 100, cpu: 100 });
    set(figures(0.5, 0.5));
    expect(await scores()).toMatchObject({ '': 0, memory: 60, cpu: 100 });
    part.stop?.();
  });
});

describe('the summary', () => {
  it('watches the event loop only while there are calls that could wait for it: an idle server is not woken', async () => {
    const { clock, call } = await start();
    const firings = (ms: number): number => {
      const before = clock.fired;
      clock.advance(ms);
      return clock.fired - before;
    };
    expect(firings(10_000)).toBeGreaterThan(400);
    clock.advance(60_000);
    // What settles and assesses, once a second.
    expect(firings(10_000)).toBe(10);
    call(5);
    clock.advance(1000);
    expect(firings(10_000)).toBeGreaterThan(400);
  });

  it('says health, deductions, what to do with its share, and the same as JSON', async () => {
    verifies('DSH-06', 'OPT-01');
    const { part, clock, set, call } = await start();
    for (let calls = 0; calls < 60; calls += 1) {
      call(20);
      clock.advance(500);
    }
    for (let calls = 0; calls < 30; calls += 1) {
      call(300);
      clock.advance(500);
    }
    set(figures(0.3, 0));
    const complete = part.complete(figures(0.3, 0));
    const lines = formatSummary(complete).split('\n');
    expect(lines).toContain(`health 70 of 100, warning: −30 ${TOOL}`);
    expect(lines.filter((line) => /^ {2}−30 {2}/.test(line))).toHaveLength(1);
    const advice = lines.find((line) => line.includes('database postgresql'));
    expect(advice).toMatch(
      /^ {2}critical {2}database postgresql 100 % {2}tools\/call search: \d+ slow calls take 300 ms on average, \d+ normal ones 20 ms; 100 % of the difference is database postgresql \(300 ms against 20 ms\); without it 20\.0 ms\. Look at the slow queries/,
    );
    expect(JSON.parse(JSON.stringify(complete))).toMatchObject({
      health: {
        score: 70,
        status: 'warning',
        issues: [{ component: TOOL, deduction: 30 }],
        recommendations: [{ severity: 'critical', operation: TOOL, culprit: 'database postgresql', share: 1 }],
      },
    });
    part.stop?.();
  });

  it('says that all is well in one line where it is', async () => {
    verifies('DSH-06');
    const { part } = await start();
    const text = formatSummary(part.complete(figures(0.03, 0)));
    expect(text).toContain('health 100 of 100, excellent: the system is performing well');
    part.stop?.();
  });
});
