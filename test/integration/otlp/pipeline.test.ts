import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createDiag } from '../../../src/core/diag.ts';
import {
  createOtlpPipeline,
  type OtlpPipeline,
  type OtlpPipelineOptions,
} from '../../../src/exporters/otlp/pipeline.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { verifies } from '../../support/verifies.ts';
import { collected, histogram } from '../../unit/exporters/otlp/recorded-metrics.ts';
import { breakSpan, recordSpans } from '../../unit/exporters/otlp/recorded-spans.ts';

let receiver: OtlpReceiver;
let spoolDir: string;
let root: string;
let lines: string[];
let open: OtlpPipeline[];

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  root = mkdtempSync(join(tmpdir(), 'otlp-pipeline-'));
  spoolDir = join(root, 'spool');
  lines = [];
  open = [];
});

afterEach(async () => {
  for (const pipeline of open) await pipeline.shutdown(100);
  rmSync(root, { recursive: true, force: true });
  await receiver.close();
});

function pipelineWith(options: Partial<OtlpPipelineOptions> = {}): OtlpPipeline {
  const pipeline = createOtlpPipeline({
    endpoint: receiver.url,
    traces: {},
    spool: { dir: spoolDir, service: 'pipeline-under-test' },
    diag: createDiag({ level: 'info', sink: (line) => lines.push(line) }),
    clock: systemClock,
    suppress: (fn) => fn(),
    ...options,
  });
  open.push(pipeline);
  pipeline.start();
  return pipeline;
}

function addAll(pipeline: OtlpPipeline, count: number): void {
  for (const span of recordSpans(count)) pipeline.addSpan(span);
}

describe('a flush', () => {
  it('brings spans and metrics to their receivers and says so', async () => {
    verifies('NFR-06');
    const state = collected(histogram('mcp.server.operation.duration', 4, { 'mcp.method.name': 'tools/call' }));
    const pipeline = pipelineWith({
      metrics: {},
      collectMetrics: async () => state,
      collectMetricsSync: () => state,
    });
    addAll(pipeline, 1_300);
    expect(pipeline.queueSizes()).toEqual({ traces: 1_300 });
    expect(await pipeline.flush(2_000)).toEqual({ complete: true, unsentSpans: 0, unsentMetrics: false });
    expect(receiver.spans).toHaveLength(1_300);
    expect(receiver.points('mcp.server.operation.duration')).toMatchObject([
      {
        unit: 's',
        type: 'histogram',
        temporality: 2,
        attributes: { 'mcp.method.name': 'tools/call' },
        count: 4,
        sum: 2,
        bounds: [0.1, 1],
        bucketCounts: [0, 4, 0],
        resource: { 'service.name': 'metrics-under-test' },
        scope: 'mcp-vitals',
      },
    ]);
    expect(pipeline.spoolUnsentSync()).toEqual({ spooled: 0, lost: 0 });
    expect(pipeline.dropped()).toEqual({});
  });

  it('ends in time and keeps everything when the collector and a callback of the user hang', async () => {
    verifies('NFR-05', 'NFR-06');
    receiver.behave('hang');
    const pipeline = pipelineWith({ metrics: {}, collectMetrics: () => new Promise(() => {}) });
    addAll(pipeline, 3);
    expect(await pipeline.flush(200)).toEqual({ complete: false, unsentSpans: 3, unsentMetrics: true });
    receiver.behave('ok');
    expect(await pipeline.flush(200)).toMatchObject({ complete: false, unsentSpans: 0 });
    expect(receiver.spans).toHaveLength(3);
  });

  it('may be called by several at once', async () => {
    const pipeline = pipelineWith();
    addAll(pipeline, 5);
    const results = await Promise.all([pipeline.flush(2_000), pipeline.flush(2_000), pipeline.shutdown(2_000)]);
    expect(results.map(({ complete }) => complete)).toEqual([true, true, true]);
    expect(receiver.spans).toHaveLength(5);
  });
});

describe('a shutdown', () => {
  it('spools what could not be sent, counts what comes later, and happens once', async () => {
    verifies('NFR-06');
    receiver.behave(503);
    const pipeline = pipelineWith();
    addAll(pipeline, 2);
    expect(await pipeline.shutdown(500)).toMatchObject({ complete: false, unsentSpans: 2 });
    addAll(pipeline, 1);
    expect(await pipeline.shutdown(500)).toMatchObject({ unsentSpans: 2 });
    expect(pipeline.spoolUnsentSync()).toEqual({ spooled: 0, lost: 0 });
    expect(pipeline.dropped()).toEqual({ 'traces shut_down': 1 });
    expect(readdirSync(spoolDir)).toHaveLength(1);

    receiver.behave('ok');
    expect((await pipelineWith().flush(2_000)).complete).toBe(true);
    expect(receiver.spans).toHaveLength(2);
    expect(readdirSync(spoolDir)).toEqual([]);
  });

  it('says what is lost when the spool is off', async () => {
    verifies('NFR-05');
    receiver.behave(503);
    const pipeline = pipelineWith({ spool: false });
    addAll(pipeline, 2);
    await pipeline.shutdown(500);
    expect(pipeline.dropped()).toEqual({ 'traces unsent_at_exit': 2 });
    expect(lines.filter((line) => line.includes('lost at exit: 2 spans'))).toHaveLength(1);
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('what cannot be sent', () => {
  it('is counted by signal and reason', async () => {
    verifies('NFR-05');
    const pipeline = pipelineWith({
      maxQueueSize: 3,
      metrics: {},
      collectMetrics: async () => collected(histogram('mcp.server.operation.duration', 1)),
    });
    receiver.behave(400);
    pipeline.addSpan(breakSpan(recordSpans(1)[0]!));
    addAll(pipeline, 4);
    await pipeline.flush(2_000);
    expect(pipeline.dropped()).toEqual({
      'traces unserializable': 1,
      'traces queue_full': 2,
      'traces rejected': 2,
      'metrics rejected': 1,
    });
  });

  it('includes the part a receiver rejects', async () => {
    receiver.behave('partial');
    const pipeline = pipelineWith();
    addAll(pipeline, 3);
    expect((await pipeline.flush(2_000)).complete).toBe(true);
    expect(pipeline.dropped()).toEqual({ 'traces rejected': 1 });
  });
});

describe('configuration', () => {
  it('switches a signal off with one line when its address is unusable, and the other one works', async () => {
    verifies('NFR-05');
    const pipeline = pipelineWith({
      traces: { url: 'not an address' },
      metrics: { url: `${receiver.url}/v1/metrics` },
      collectMetrics: async () => collected(histogram('mcp.server.operation.duration', 1)),
    });
    addAll(pipeline, 1);
    expect((await pipeline.flush(2_000)).complete).toBe(true);
    expect(receiver.points('mcp.server.operation.duration')).toHaveLength(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('traces are not exported');
  });

  it('sends each signal to its own address', async () => {
    const other = await startOtlpReceiver();
    const pipeline = pipelineWith({
      traces: { url: `${other.url}/v1/traces` },
      metrics: {},
      collectMetrics: async () => collected(histogram('mcp.server.operation.duration', 1)),
    });
    addAll(pipeline, 1);
    await pipeline.flush(2_000);
    expect([other.requests.map(({ path }) => path), receiver.requests.map(({ path }) => path)]).toEqual([
      ['/v1/traces'],
      ['/v1/metrics'],
    ]);
    await other.close();
  });
});
