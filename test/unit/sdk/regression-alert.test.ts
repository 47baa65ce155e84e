import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { afterAll, describe, expect, it } from 'vitest';
import { seededDraws } from '../../../bench/detection/random.ts';
import { createDiag } from '../../../src/core/diag.ts';
import type { AlertSnapshot } from '../../../src/core/model/alert.ts';
import type { Finding } from '../../../src/core/model/health.ts';
import type { Operation } from '../../../src/mcp/operation.ts';
import { OperationEntry } from '../../../src/mcp/operation-entry.ts';
import { Recorder } from '../../../src/mcp/recorder.ts';
import { createAlertsPart } from '../../../src/sdk/alerts-part.ts';
import { createAnomalyPart } from '../../../src/sdk/anomaly-part.ts';
import { createHealthPart } from '../../../src/sdk/health-part.ts';
import { createMetrics } from '../../../src/sdk/providers.ts';
import { SeriesProducer } from '../../../src/sdk/series-producer.ts';
import { takeSnapshot } from '../../../src/sdk/snapshot.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { verifies } from '../../support/verifies.ts';
import { load } from '../config/load.ts';

const TICK_MS = 5000;
const REQUESTS_PER_TICK = 10;
const MEDIAN_MS = 50;
const SPREAD = 0.4;

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-vitals-regression-'));
  folders.push(folder);
  return folder;
}

interface Service {
  /** Serves two requests a second that take `factor` times as long as usual, until the minutes are over or it says so. */
  serve(minutes: number, factor?: number, until?: () => boolean): Promise<void>;
  firing(): AlertSnapshot | undefined;
  findings(kind: Finding['kind']): readonly Finding[];
  readonly warnings: readonly string[];
  stop(): Promise<void>;
}

/** A process of that version, with what the one before it has left in the folder. */
async function start(folder: string, version: string, clock = new FakeClock()): Promise<Service> {
  const { values: config } = await load({
    code: { state: { dir: folder }, channels: [], alerts: { intervalMs: TICK_MS } },
  });
  const warnings: string[] = [];
  const diag = createDiag({ sink: (line) => warnings.push(line), clock });
  const service = { name: 'kb', version, instanceId: 'i-1' };
  const anomalies = createAnomalyPart({ config, clock, diag, service, processFigures: () => undefined });
  const producer = new SeriesProducer(() => anomalies.series?.() ?? [], {
    startedAt: clock.timeOrigin,
    now: () => clock.timeOrigin + clock.now(),
    version: '1',
  });
  const { reader } = createMetrics(resourceFromAttributes({}), producer);
  const findings = () => anomalies.snapshot?.().findings ?? [];
  const alerting = createAlertsPart({ config, service, reader, findings, suppress: (fn) => fn(), clock, diag });
  const recorder = new Recorder({ now: () => clock.now() });
  const figures = () => ({
    ...takeSnapshot({ recorder, service, dropped: {}, timestamp: clock.now() }),
    findings: findings(),
  });
  const health = createHealthPart({
    config,
    clock,
    diag,
    history: () => undefined,
    runtime: undefined,
    figures,
    totals: () => undefined,
  });
  const parts = [anomalies, alerting, health];
  for (const part of parts) part.start?.();

  const entry = new OperationEntry('tools/call', 'tool', 'search', { boundaries: [1], windowMs: 60_000 });
  const draws = seededDraws(version.length + clock.now());
  return {
    async serve(minutes, factor = 1, until = () => false) {
      for (let tick = 0; tick < (minutes * 60_000) / TICK_MS && !until(); tick += 1) {
        for (let request = 0; request < REQUESTS_PER_TICK; request += 1) {
          const durationMs = factor * MEDIAN_MS * Math.exp(SPREAD * draws.normal());
          entry.window.record(durationMs / 1000, clock.now());
          const operation = { requestId: request, durationMs, outcome: { errorType: '' } } as unknown as Operation;
          anomalies.onFinished?.(operation, entry, new Float64Array());
        }
        clock.advance(TICK_MS);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    firing: () =>
      alerting.alerts.snapshot().active.find(({ rule, state }) => rule === 'latency-regression' && state === 'firing'),
    findings: (kind) => findings().filter((finding) => finding.kind === kind),
    warnings,
    async stop() {
      for (const part of parts.toReversed()) await part.stop?.();
    },
  };
}

describe('a regression in production', () => {
  it('of more than twice the saved baseline is a critical alert after a minute, which ends with it', async () => {
    verifies('ALR-07');
    const folder = await newFolder();
    const learning = await start(folder, '1.0.0');
    await learning.serve(20);
    await learning.stop();

    const later = await start(folder, '1.0.0');
    await later.serve(3);
    expect(later.firing()).toBeUndefined();
    await later.serve(5, 3, () => later.firing() !== undefined);
    expect(later.firing()).toMatchObject({
      severity: 'critical',
      attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'search' },
      message: expect.stringMatching(/^tools\/call search: P95 is (2\.\d|3(\.\d)?)\d* times its baseline/),
    });
    await later.serve(10, 1, () => later.firing() === undefined);
    expect(later.firing()).toBeUndefined();
    await later.stop();
  });

  it('of more than 10 % is warned of once, with the evidence, while the alert stays silent', async () => {
    verifies('ALR-07');
    const folder = await newFolder();
    const service = await start(folder, '1.0.0');
    await service.serve(60);
    expect(service.findings('regression')).toEqual([]);

    await service.serve(24, 1.25);
    const [regression] = service.findings('regression');
    expect(regression).toMatchObject({
      subject: 'tools/call search',
      until: undefined,
      evidence: expect.stringMatching(
        /^P95 [12]\d % above the baseline over \d+ rounds \(\d+ rounds of baseline, p (<|0\.00)/,
      ),
    });
    expect((regression?.observed ?? 0) / (regression?.expected ?? 1)).toBeGreaterThan(1.1);
    expect(service.firing()).toBeUndefined();
    expect(service.warnings.filter((line) => line.includes('has become slower'))).toHaveLength(1);
    await service.stop();
  });

  it('of 5 % is none, however many rounds show it', async () => {
    const service = await start(await newFolder(), '1.0.0');
    await service.serve(60);
    await service.serve(60, 1.05);
    expect(service.findings('regression')).toEqual([]);
    await service.stop();
  });

  it('that comes with a new version is found against the version before, with the deploy among the findings', async () => {
    verifies('ALR-07');
    const folder = await newFolder();
    const before = await start(folder, '1.0.0');
    await before.serve(40);
    await before.stop();

    const after = await start(folder, '1.1.0');
    expect(after.findings('deploy')).toMatchObject([{ evidence: 'version 1.1.0 after 1.0.0' }]);
    await after.serve(25, 1.25);
    expect(after.findings('regression')).toMatchObject([
      { evidence: expect.stringMatching(/^P95 [12]\d % above version 1\.0\.0 over \d+ rounds/) },
    ]);
    await after.stop();
  });

  it('is not claimed of a new version that is as fast as the one before', async () => {
    verifies('ALR-07');
    const folder = await newFolder();
    const before = await start(folder, '1.0.0');
    await before.serve(40);
    await before.stop();
    const after = await start(folder, '1.1.0');
    await after.serve(60);
    expect(after.findings('deploy')).toHaveLength(1);
    expect(after.findings('regression')).toEqual([]);
    await after.stop();
  });
});
