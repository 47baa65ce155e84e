import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationType,
  type GaugeMetricData,
  type HistogramMetricData,
  MeterProvider,
  type ResourceMetrics,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Instrumentation } from '../../../src/mcp/instrumentation.ts';
import { createInstruments } from '../../../src/sdk/instruments.ts';
import { SharedReader } from '../../../src/sdk/providers.ts';
import { recorderSeries } from '../../../src/sdk/recorder-series.ts';
import { SeriesProducer } from '../../../src/sdk/series-producer.ts';
import { EXPLICIT_BUCKET_HISTOGRAM, vitalsViews } from '../../../src/sdk/views.ts';
import {
  METRIC_ACTIVE_REQUESTS,
  METRIC_ACTIVE_SESSIONS,
  METRIC_MESSAGE_SIZE,
  METRIC_QUEUE_DEPTH,
  METRIC_SELF_NAMES_OVERFLOWED,
  METRIC_SERVER_OPERATION_DURATION,
  METRIC_SERVER_SESSION_DURATION,
  METRIC_STAGE_DURATION,
  STREAMS,
} from '../../../src/semconv/streams.ts';
import { verifies } from '../../support/verifies.ts';

const NOTHING_LOST = { dropped: () => ({}), queueSizes: () => ({}) };

/** Points of a histogram, comparable: sorted by their attributes, without times. */
function points(metrics: ResourceMetrics, name: string): unknown[] {
  const all = metrics.scopeMetrics
    .flatMap((scope) => scope.metrics)
    .filter((metric) => metric.descriptor.name === name);
  expect(all.length, name).toBe(1);
  return (all[0] as HistogramMetricData).dataPoints
    .map(({ attributes, value }) => ({
      key: JSON.stringify(Object.entries(attributes).sort()),
      buckets: value.buckets,
      count: value.count,
      sum: Number((value.sum ?? 0).toPrecision(10)),
      min: value.min,
      max: value.max,
    }))
    .sort((a, b) => a.key.localeCompare(b.key));
}

/** Kind and points of a counter or gauge, comparable. */
function numbers(metrics: ResourceMetrics, name: string): { kind: unknown; points: unknown[] } {
  const metric = metrics.scopeMetrics
    .flatMap((scope) => scope.metrics)
    .find(({ descriptor }) => descriptor.name === name) as SumMetricData | GaugeMetricData;
  return {
    kind: [metric.dataPointType, metric.descriptor.unit, 'isMonotonic' in metric && metric.isMonotonic],
    points: metric.dataPoints.map(({ attributes, value }) => [attributes, value]),
  };
}

function createServer(): McpServer {
  const server = new McpServer({ name: 'parity', version: '1.0.0' });
  server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  server.registerTool('fails', {}, () => {
    throw new Error('on purpose');
  });
  server.registerPrompt('greet', {}, () => ({ messages: [] }));
  return server;
}

/** Calls `echo` with growing texts over a pair of streams, where messages are serialised and have a size. */
async function callOverStdio(server: McpServer, calls: number): Promise<void> {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  await server.connect(new StdioServerTransport(stdin, stdout));
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  for (let id = 0; id < calls; id += 1) {
    const params = { name: 'echo', arguments: { text: 'ä'.repeat(id * 100) } };
    stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })}\n`);
    await answers.next();
  }
  await server.close();
}

describe('the pre-resolved series and the exported views', () => {
  let ours: ResourceMetrics;
  let standard: ResourceMetrics;

  beforeAll(async () => {
    const instrumentation = new Instrumentation();
    const standardReader = new SharedReader();
    const provider = new MeterProvider({ readers: [standardReader], views: vitalsViews() });
    const series = recorderSeries(instrumentation.recorder, { stageOperations: 100, self: NOTHING_LOST });
    const instruments = createInstruments(provider.getMeter('mcp-vitals'), { series, stageOperations: 100 });
    instrumentation.recorder.onFinished = instruments.served;
    instrumentation.recorder.sessions.onRecorded = instruments.servedSession;
    const server = new McpServer({ name: 'parity', version: '1.0.0' });
    server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => ({
      content: [{ type: 'text', text }],
    }));
    server.registerTool('fails', {}, () => {
      throw new Error('on purpose');
    });
    server.registerPrompt('greet', {}, () => ({ messages: [] }));
    instrumentation.adopt(server);
    const [clientTransport, serverTransport] = InMemoryTransport.createLinkedPair();
    const client = new Client({ name: 'client', version: '1.0.0' });
    await Promise.all([server.connect(serverTransport), client.connect(clientTransport)]);
    await client.listTools();
    for (let call = 0; call < 200; call += 1) {
      await client.callTool({ name: 'echo', arguments: { text: 'x'.repeat(call * 37) } });
    }
    await client.callTool({ name: 'fails' });
    await client.callTool({ name: 'unknown' });
    await client.getPrompt({ name: 'greet' });
    await client.readResource({ uri: 'file:///nothing' }).catch(() => undefined);

    const overStdio = createServer();
    instrumentation.adopt(overStdio);
    await callOverStdio(overStdio, 20);

    const producer = new SeriesProducer(series, { startedAt: 0, now: () => 1, version: '0' });
    ours = producer.collectSync(resourceFromAttributes({}));
    standard = await standardReader.metrics();
    await client.close();
  });

  it.each([
    METRIC_SERVER_OPERATION_DURATION,
    METRIC_SERVER_SESSION_DURATION,
    METRIC_STAGE_DURATION,
    METRIC_MESSAGE_SIZE,
  ])('give identical points for %s', (name) => {
    verifies('LAT-01');
    const expected = points(standard, name);
    expect(expected.length).toBeGreaterThan(0);
    expect(points(ours, name)).toEqual(expected);
  });

  it.each([METRIC_ACTIVE_REQUESTS, METRIC_ACTIVE_SESSIONS, METRIC_QUEUE_DEPTH, METRIC_SELF_NAMES_OVERFLOWED])(
    'give the same numbers of the same kind for %s',
    (name) => {
      const expected = numbers(standard, name);
      expect(expected.points.length).toBeGreaterThan(0);
      expect(numbers(ours, name)).toEqual(expected);
    },
  );

  it('carry only the attributes the table of streams allows', () => {
    let seen = 0;
    for (const metric of ours.scopeMetrics.flatMap((scope) => scope.metrics)) {
      const stream = STREAMS.find(({ name }) => name === metric.descriptor.name);
      expect(stream, metric.descriptor.name).toBeDefined();
      expect(metric.descriptor.unit).toBe(stream?.unit);
      for (const point of metric.dataPoints) {
        seen += 1;
        expect(stream?.attributes).toEqual(expect.arrayContaining(Object.keys(point.attributes)));
      }
    }
    expect(seen).toBeGreaterThan(20);
  });

  it('use the same bucket boundaries for every series of an instrument', () => {
    for (const name of [METRIC_SERVER_OPERATION_DURATION, METRIC_STAGE_DURATION]) {
      const boundaries = points(ours, name).map((point) =>
        JSON.stringify((point as { buckets: { boundaries: number[] } }).buckets.boundaries),
      );
      expect(new Set(boundaries).size).toBe(1);
    }
  });

  it('name the aggregation as the SDK does, which they do not load', () => {
    expect(EXPLICIT_BUCKET_HISTOGRAM).toBe(AggregationType.EXPLICIT_BUCKET_HISTOGRAM);
  });

  it('insert objective thresholds into the boundaries of operation durations only', () => {
    const withObjective = vitalsViews({ thresholds: [0.075, Number.NaN, -1] });
    const boundariesOf = (name: string): readonly number[] => {
      const view = withObjective.find(({ instrumentName }) => instrumentName === name);
      const aggregation = view?.aggregation as { options: { boundaries: number[] } } | undefined;
      return aggregation?.options.boundaries ?? [];
    };
    expect(boundariesOf(METRIC_SERVER_OPERATION_DURATION)).toContain(0.075);
    expect(boundariesOf(METRIC_STAGE_DURATION)).not.toContain(0.075);
  });
});
