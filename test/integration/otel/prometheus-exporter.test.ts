import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { SeriesProducer } from '../../../src/sdk/series-producer.ts';
import { vitalsViews } from '../../../src/sdk/views.ts';
import { METRIC_ACTIVE_SESSIONS, METRIC_SERVER_OPERATION_DURATION } from '../../../src/semconv/streams.ts';

const STARTED = { startedAt: 0, now: () => 1_000, version: '0' };

describe("OpenTelemetry's own Prometheus exporter, as it stands", () => {
  it('carries the points of our producer', async () => {
    const source = () => [
      { stream: METRIC_ACTIVE_SESSIONS, points: [{ attributes: { 'network.transport': 'pipe' }, value: 3 }] },
    ];
    const exporter = new PrometheusExporter({
      preventServerStart: true,
      metricProducers: [new SeriesProducer(source, STARTED)],
    });
    const provider = new MeterProvider({ readers: [exporter] });
    const { resourceMetrics, errors } = await exporter.collect();
    expect(errors).toEqual([]);
    expect(new PrometheusSerializer().serialize(resourceMetrics)).toMatch(
      /^mcp_vitals_active_sessions\{network_transport="pipe",.*\} 3$/m,
    );
    await provider.shutdown();
  });

  it('has the buckets and only the allowed attributes of our views', async () => {
    const exporter = new PrometheusExporter({ preventServerStart: true });
    const provider = new MeterProvider({ readers: [exporter], views: vitalsViews({ thresholds: [0.075] }) });
    const histogram = provider.getMeter('user').createHistogram(METRIC_SERVER_OPERATION_DURATION, { unit: 's' });
    histogram.record(0.07, { 'mcp.method.name': 'ping', 'user.id': 'never on metrics' });
    const { resourceMetrics } = await exporter.collect();
    const text = new PrometheusSerializer().serialize(resourceMetrics);
    expect(text).toMatch(/le="0\.075"\} 1/);
    expect(text).toContain('mcp_method_name="ping"');
    expect(text).not.toContain('user_id');
    await provider.shutdown();
  });
});
