import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { afterAll } from 'vitest';
import { seededDraws } from '../../../bench/detection/random.ts';
import { createDiag } from '../../../src/core/diag.ts';
import type { AlertSnapshot, AlertsSnapshot } from '../../../src/core/model/alert.ts';
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
import { load } from '../config/load.ts';

const TICK_MS = 5000;
const REQUESTS_PER_TICK = 10;
const MEDIAN_MS = 50;
const SPREAD = 0.4;

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** A folder for what a service learns, removed behind the tests of the file. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-vitals-learning-'));
  folders.push(folder);
  return folder;
}

/** Anomalies, regressions, alerts and health of a service with one tool, on a clock of its own. */
export interface LearningService {
  /** Serves two requests a second that take `factor` times as long as usual, until the minutes are over or it says so. */
  serve(minutes: number, factor?: number, until?: () => boolean): Promise<void>;
  firing(rule: string): AlertSnapshot | undefined;
  alerts(): AlertsSnapshot;
  findings(kind: Finding['kind']): readonly Finding[];
  readonly warnings: readonly string[];
  stop(): Promise<void>;
}

/** A process of that version, with what the one before it has left in the folder. */
export async function startLearning(
  folder: string,
  version = '1.0.0',
  clock: FakeClock = new FakeClock(),
): Promise<LearningService> {
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
  const alerting = createAlertsPart({
    config,
    service,
    reader,
    known: { findings, objective: () => undefined, cause: () => undefined },
    suppress: (fn) => fn(),
    clock,
    diag,
  });
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
    alerts: () => alerting.alerts.snapshot(),
    firing: (name) => alerting.alerts.snapshot().active.find(({ rule, state }) => rule === name && state === 'firing'),
    findings: (kind) => findings().filter((finding) => finding.kind === kind),
    warnings,
    async stop() {
      for (const part of parts.toReversed()) await part.stop?.();
    },
  };
}
