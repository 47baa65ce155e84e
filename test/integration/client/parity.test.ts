import { resourceFromAttributes } from '@opentelemetry/resources';
import { type HistogramMetricData, MeterProvider, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { expect, it } from 'vitest';
import { createInstruments } from '../../../src/sdk/instruments.ts';
import { SharedReader } from '../../../src/sdk/providers.ts';
import { recorderSeries } from '../../../src/sdk/recorder-series.ts';
import { SeriesProducer } from '../../../src/sdk/series-producer.ts';
import { vitalsViews } from '../../../src/sdk/views.ts';
import {
  METRIC_CLIENT_OPERATION_DURATION,
  METRIC_CLIENT_SESSION_DURATION,
  METRIC_SERVER_OPERATION_DURATION,
  streamByName,
} from '../../../src/semconv/streams.ts';
import { verifies } from '../../support/verifies.ts';
import { connectPair, Recording } from './pairs.ts';

function points(metrics: ResourceMetrics, name: string): unknown[] {
  return metrics.scopeMetrics
    .flatMap((scope) => scope.metrics)
    .filter((metric) => metric.descriptor.name === name)
    .flatMap((metric) => (metric as HistogramMetricData).dataPoints)
    .map(({ attributes, value: { buckets, count, sum } }) => ({
      key: JSON.stringify(Object.entries(attributes).sort()),
      buckets,
      count,
      sum: Number((sum ?? 0).toPrecision(10)),
    }))
    .sort((a, b) => a.key.localeCompare(b.key));
}

it('the client series and the exported views give identical points, apart from those of the server', async () => {
  verifies('LAT-01');
  const recording = new Recording();
  const { instrumentation } = recording;
  const reader = new SharedReader();
  const provider = new MeterProvider({ readers: [reader], views: vitalsViews() });
  const standard = createInstruments(provider.getMeter('mcp-vitals'), { series: () => [], stageOperations: 100 });
  instrumentation.clients.onFinished = standard.sent;
  instrumentation.clients.sessions.onRecorded = standard.sentSession;
  const { client } = await connectPair(recording, { client: 1, server: 1 });
  await client.listTools();
  for (let call = 0; call < 50; call += 1) await client.callTool({ name: 'echo', arguments: { said: 'x' } });
  await client.callTool({ name: 'refuses' });
  await client.callTool({ name: 'asks' });
  await client.readResource({ uri: 'memo://none' }).catch(() => undefined);
  await client.close();

  const source = recorderSeries(instrumentation.recorder, {
    stageOperations: 100,
    self: { dropped: () => ({}), queueSizes: () => ({}) },
    clients: instrumentation.clients,
  });
  const ours = new SeriesProducer(source, { startedAt: 0, now: () => 1, version: '0' }).collectSync(
    resourceFromAttributes({}),
  );
  const theirs = await reader.metrics();
  const expected = points(theirs, METRIC_CLIENT_OPERATION_DURATION);
  expect(expected.length).toBeGreaterThan(5);
  expect(points(ours, METRIC_CLIENT_OPERATION_DURATION)).toEqual(expected);

  const metrics = ours.scopeMetrics.flatMap((scope) => scope.metrics);
  const { unit, attributes } = streamByName(METRIC_CLIENT_OPERATION_DURATION);
  const durations = metrics.find(({ descriptor }) => descriptor.name === METRIC_CLIENT_OPERATION_DURATION);
  expect(durations?.descriptor.unit).toBe(unit);
  for (const point of durations?.dataPoints ?? []) {
    expect(attributes).toEqual(expect.arrayContaining(Object.keys(point.attributes)));
  }
  expect(points(ours, METRIC_CLIENT_SESSION_DURATION)).toMatchObject([{ count: 1 }]);
  expect(points(ours, METRIC_CLIENT_SESSION_DURATION)).toEqual(points(theirs, METRIC_CLIENT_SESSION_DURATION));
  // What the server asked is the client's to serve: on the other stream, once.
  const served = points(ours, METRIC_SERVER_OPERATION_DURATION) as { key: string; count: number }[];
  expect(served.filter(({ key }) => key.includes('"ping"'))).toMatchObject([{ count: 1 }]);
});
