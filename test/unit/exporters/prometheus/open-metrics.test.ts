import { describe, expect, it, test } from 'vitest';
import { ExplicitHistogram } from '../../../../src/core/explicit-histogram.ts';
import { PrometheusFormatter } from '../../../../src/exporters/prometheus/formatter.ts';
import { SeriesProducer } from '../../../../src/sdk/series-producer.ts';
import { prefersOpenMetrics } from '../../../../src/status/open-metrics.ts';
import { collectScenario } from '../../../integration/prometheus/scenario.ts';

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,*/*;q=0.1';

test.each([
  ['', false],
  ['*/*', false],
  ['text/html,application/xhtml+xml', false],
  ['text/plain', false],
  ['application/openmetrics-text', true],
  [PROMETHEUS_2, true],
  [PROMETHEUS_3, true],
  ['application/openmetrics-text;q=0', false],
  ['application/openmetrics-text;version=2.0.0', false],
  ['text/plain;version=0.0.4,application/openmetrics-text;q=0.5', false],
  ['application/openmetrics-text;q=abc', false],
])('who sends Accept: %s gets OpenMetrics: %s', (accept, wanted) => {
  expect(prefersOpenMetrics(accept)).toBe(wanted);
});

function producerOf(histogram: ExplicitHistogram): SeriesProducer {
  const points = [{ attributes: { 'mcp.method.name': 'ping' }, value: histogram }];
  const source = () => [{ stream: 'mcp.server.operation.duration', points }];
  return new SeriesProducer(source, { startedAt: 0, now: () => 1000, version: '1' });
}

describe('OpenMetrics', () => {
  it('has an exemplar beside the bucket its value lies in, the latest of each, and none in plain text', () => {
    const histogram = new ExplicitHistogram([0.5, 1]);
    for (const value of [0.2, 0.3, 7]) histogram.record(value);
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    histogram.exemplify({ ...trace, value: 0.2, timeMs: 1000 });
    histogram.exemplify({ ...trace, value: 0.3, timeMs: 2500 });
    histogram.exemplify({ ...trace, value: 7, timeMs: 3000 });
    const metrics = producerOf(histogram).collectSync({ attributes: {} } as never);
    const formatter = new PrometheusFormatter();
    const text = formatter.format(metrics, 'openmetrics');
    const labels = `{trace_id="${trace.traceId}",span_id="${trace.spanId}"}`;
    const bucket =
      'mcp_server_operation_duration_seconds_bucket{mcp_method_name="ping",otel_scope_name="mcp-vitals",otel_scope_version="1",le=';
    expect(text.split('\n').filter((line) => line.includes('_bucket'))).toEqual([
      `${bucket}"0.5"} 2 # ${labels} 0.3 2.500`,
      `${bucket}"1.0"} 2`,
      `${bucket}"+Inf"} 3 # ${labels} 7 3.000`,
    ]);
    expect(text.endsWith('# EOF\n')).toBe(true);
    expect(formatter.format(metrics)).not.toContain('# {');
    expect(formatter.format(metrics)).toContain('le="1"} 2\n');
  });

  it('forgets exemplars when boundaries move: they may lie elsewhere', () => {
    const histogram = new ExplicitHistogram([1], { movable: true });
    histogram.record(0.5);
    histogram.exemplify({ value: 0.5, traceId: 'a', spanId: 'b', timeMs: 0 });
    histogram.moveTo([0.1, 1]);
    expect(histogram.exemplars).toBeUndefined();
  });

  it('carries the samples of the plain text with their labels, without comments, units only where the name ends with them', async () => {
    const metrics = await collectScenario();
    const samples = (text: string) =>
      text
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => line.replace(/le="(-?\d+)\.0"/, 'le="$1"'));
    const text = new PrometheusFormatter().format(metrics, 'openmetrics');
    expect(samples(text)).toEqual(samples(new PrometheusFormatter().format(metrics)));
    const comments = text.split('\n').filter((line) => line.startsWith('#'));
    expect(comments.filter((line) => !/^# (HELP|TYPE|UNIT) |^# EOF$/.test(line))).toEqual([]);
    for (const line of comments.filter((comment) => comment.startsWith('# UNIT'))) {
      const [, , name = '', unit = ''] = line.split(' ');
      expect(name.endsWith(`_${unit}`), line).toBe(true);
    }
    for (const line of comments.filter((comment) => / counter$/.test(comment))) expect(line).not.toContain('_total');
  });
});
