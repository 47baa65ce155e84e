import { ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { createMeter } from '../../unit/exporters/prometheus/meter.ts';

/** Label values that break a careless writer. */
export const HOSTILE_VALUES = [
  'quote " backslash \\ newline \n tab \t return \r',
  '} 1\nfake_metric 2\n# HELP x',
  'ünïcödé ✓ 日本 🚀',
  'lone surrogate \ud800 end',
  'nul \0 end',
  '\\n literally',
  'x'.repeat(500),
];

/** Everything the formatter has a rule for, recorded through the real SDK. */
export async function collectScenario(): Promise<ResourceMetrics> {
  const { provider, collect } = createMeter({
    resource: resourceFromAttributes({
      'service.name': 'knowledge "base"',
      'service.instance.id': 'i-1',
      'service.namespace': 'team',
      'process.pid': 42,
      'host.ip': ['127.0.0.1', '::1'],
    }),
    views: [{ instrumentName: 'exponential.*', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const meter = provider.getMeter('mcp-vitals', '0.1.0');
  const other = provider.getMeter('an.application', '', { schemaUrl: 'https://example.org/schema' });

  const duration = meter.createHistogram('mcp.server.operation.duration', {
    unit: 's',
    description: 'Duration of an MCP request.',
    advice: { explicitBucketBoundaries: [0.00005, 0.01, 0.5, 1, 10] },
  });
  for (const seconds of [0.00001, 0.004, 0.3, 0.3, 7, 400]) {
    duration.record(seconds, { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'kb.search' });
  }
  duration.record(0.02, { 'mcp.method.name': 'tools/list', le: 'mine' });

  const size = meter.createHistogram('mcp_vitals.message.size', {
    unit: 'By',
    description: 'Size with a \\ backslash\nand a second line.',
    advice: { explicitBucketBoundaries: [524_288, 2_097_152] },
  });
  size.record(1_000_000, {});

  const hostile = meter.createCounter('mcp_vitals.self.errors', { unit: '{error}', description: 'Hostile labels.' });
  HOSTILE_VALUES.forEach((value, index) => {
    hostile.add(index + 1, { value });
  });
  hostile.add(100, { 'a.b': 'x', a_b: 'y', __name__: 'z', '9': 'nine', ünï: 'u', flag: true });

  meter.createCounter('bytes.sent.total', { unit: 'By' }).add(12);
  meter.createUpDownCounter('mcp_vitals.active_requests', { unit: '{request}' }).add(-3);
  meter.createGauge('mcp_vitals.pressure', { unit: '1', description: 'Pressure.' }).record(0.25);
  meter.createGauge('2fast', { unit: 'By/s' }).record(1e21);
  const extremes = meter.createGauge('extremes', { valueType: ValueType.DOUBLE });
  extremes.record(Number.NaN, { kind: 'nan' });
  extremes.record(Number.POSITIVE_INFINITY, { kind: 'plus' });
  extremes.record(Number.NEGATIVE_INFINITY, { kind: 'minus' });
  extremes.record(Number.MIN_VALUE, { kind: 'tiny' });
  extremes.record(-0, { kind: 'zero' });

  const exponential = meter.createHistogram('exponential.duration', { unit: 's', description: 'Exponential.' });
  for (const value of [0, 0.001, 0.002, 0.5, 1, 1.5, 7]) exponential.record(value, { series: 'wide' });
  exponential.record(0.25, { series: 'narrow' });

  other.createCounter('requests', { description: 'Same name, two scopes.' }).add(5, { shared: 'yes' });
  meter.createCounter('requests', { description: 'Another text.' }).add(7, { shared: 'yes' });
  // What the format cannot carry: a second type for a name, a name inside a histogram's, a clash with target_info.
  other.createGauge('mcp.server.operation.duration', { unit: 's' }).record(1);
  other.createGauge('mcp.server.operation.duration_seconds.count').record(1);
  other.createGauge('target.info').record(1);
  other.createCounter('same.labels').add(1, { n: 1 });
  other.createCounter('same.labels').add(1, { n: '1' });
  return collect();
}
