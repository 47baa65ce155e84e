import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { afterAll, describe, expect, it } from 'vitest';
import { seededDraws } from '../../../bench/detection/random.ts';
import { createDiag } from '../../../src/core/diag.ts';
import type { AlertSnapshot } from '../../../src/core/model/alert.ts';
import type { Operation } from '../../../src/mcp/operation.ts';
import { OperationEntry } from '../../../src/mcp/operation-entry.ts';
import { createAlertsPart } from '../../../src/sdk/alerts-part.ts';
import { createAnomalyPart } from '../../../src/sdk/anomaly-part.ts';
import { createMetrics } from '../../../src/sdk/providers.ts';
import { SeriesProducer } from '../../../src/sdk/series-producer.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { load } from '../config/load.ts';

const state = await mkdtemp(join(tmpdir(), 'mcp-vitals-anomaly-'));
afterAll(() => rm(state, { recursive: true, force: true }));

describe('a latency that is unusual', () => {
  it('raises an alert that says what was expected and what was seen, and ends with it', async () => {
    const { values: config } = await load({
      code: { state: { dir: state }, channels: [], alerts: { intervalMs: 5000 } },
    });
    const clock = new FakeClock();
    const diag = createDiag({ sink: () => {} });
    const service = { name: 'kb', version: undefined, instanceId: 'i-1' };
    const anomalies = createAnomalyPart({ config, clock, diag, service, processFigures: () => undefined });
    const producer = new SeriesProducer(() => anomalies.series?.() ?? [], {
      startedAt: clock.timeOrigin,
      now: () => clock.timeOrigin + clock.now(),
      version: '1',
    });
    const { reader } = createMetrics(resourceFromAttributes({}), producer);
    const findings = () => anomalies.snapshot?.().findings ?? [];
    const part = createAlertsPart({ config, service, reader, findings, suppress: (fn) => fn(), clock, diag });
    anomalies.start?.();
    part.start?.();
    const entry = new OperationEntry('tools/call', 'tool', 'search', { boundaries: [1], windowMs: 60_000 });
    const draws = seededDraws(7);
    const minutes = async (count: number, medianMs: number, until: () => boolean = () => false): Promise<void> => {
      for (let tick = 0; tick < count * 12 && !until(); tick += 1) {
        for (let request = 0; request < 10; request += 1) {
          const durationMs = medianMs * Math.exp(0.5 * draws.normal());
          const operation = { requestId: request, durationMs, outcome: { errorType: '' } } as unknown as Operation;
          anomalies.onFinished?.(operation, entry, new Float64Array());
        }
        clock.advance(5000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const firing = (): AlertSnapshot | undefined =>
      part.alerts.snapshot().active.find(({ rule }) => rule === 'anomaly');
    await minutes(40, 50);
    expect(part.alerts.snapshot()).toMatchObject({ active: [], history: [] });
    await minutes(5, 100, () => firing() !== undefined);
    expect(firing()).toMatchObject({
      state: 'firing',
      attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'search' },
      message: expect.stringMatching(
        /^tools\/call search: the latency is unusual: \S.* [\d.]+ ms over \d+ requests, normally [\d.]+ ms$/,
      ),
    });
    await minutes(20, 50, () => firing() === undefined);
    expect(part.alerts.snapshot().history[0]?.message).toContain('normally');
    await part.stop?.();
    await anomalies.stop?.();
  });
});
