import { AggregationTemporality, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { PrometheusFormatter } from '../../../src/exporters/prometheus/formatter.ts';
import { createMeter } from '../../unit/exporters/prometheus/meter.ts';
import { collectScenario } from './scenario.ts';

const lines = (text: string, start: string): string[] => text.split('\n').filter((line) => line.startsWith(start));

describe('the Prometheus text of the scenario', () => {
  it('is the golden file, at the first scrape and from the cache', async () => {
    const formatter = new PrometheusFormatter();
    const metrics = await collectScenario();
    const first = formatter.format(metrics);
    // As it goes over the wire: lone surrogates have no UTF-8.
    await expect(Buffer.from(first).toString()).toMatchFileSnapshot('../../golden/prometheus/scenario.txt');
    expect(formatter.format(metrics)).toBe(first);
    expect(formatter.format(await collectScenario())).toBe(first);
  });

  it('has one TYPE line per name and every sample under its own', async () => {
    const text = new PrometheusFormatter().format(await collectScenario());
    const names = lines(text, '# TYPE ').map((line) => line.split(' ')[2]);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(8);
    expect(lines(text, 'requests_total')).toEqual(
      [
        'requests_total{otel_scope_name="an.application",otel_scope_schema_url="https://example.org/schema",shared="yes"} 5',
        'requests_total{otel_scope_name="mcp-vitals",otel_scope_version="0.1.0",shared="yes"} 7',
      ].sort((a, b) => text.indexOf(a) - text.indexOf(b)),
    );
  });

  it('counts what it left out and says what it was', async () => {
    const formatter = new PrometheusFormatter();
    const text = formatter.format(await collectScenario());
    expect(formatter.leftOutSeries).toBe(4);
    expect(lines(text, '# mcp-vitals: left out:')).toHaveLength(4);
  });
});

describe('the Prometheus formatter', () => {
  it('writes target_info alone when nothing is recorded, and nothing for an empty resource', async () => {
    const { collect } = createMeter();
    const metrics = await collect();
    expect(lines(new PrometheusFormatter().format(metrics), 'target_info')).toHaveLength(1);
    const bare = { ...metrics, resource: { ...metrics.resource, attributes: {} } } as ResourceMetrics;
    expect(new PrometheusFormatter().format(bare)).toBe('');
  });

  it('leaves delta values out, which Prometheus would misread as resets', async () => {
    const { provider, collect } = createMeter(
      {},
      { aggregationTemporalitySelector: () => AggregationTemporality.DELTA },
    );
    provider.getMeter('m').createCounter('requests').add(1);
    provider.getMeter('m').createGauge('level').record(2);
    const formatter = new PrometheusFormatter();
    const text = formatter.format(await collect());
    expect(lines(text, 'requests')).toEqual([]);
    expect(lines(text, 'level')).toHaveLength(1);
    expect(formatter.leftOutSeries).toBe(1);
  });

  it('forgets series and metrics that vanished', async () => {
    const { provider, collect } = createMeter();
    const counter = provider.getMeter('m').createCounter('requests');
    for (const name of 'abcde') counter.add(1, { name });
    const metrics = await collect();
    const formatter = new PrometheusFormatter();
    const scrape = (names: string) => {
      const scopeMetrics = structuredClone(metrics.scopeMetrics);
      for (const metric of scopeMetrics.flatMap((scope) => scope.metrics)) {
        const kept = metric.dataPoints.filter((point) => names.includes(String(point.attributes['name'])));
        Object.assign(metric, { dataPoints: kept });
      }
      const text = formatter.format({ ...metrics, scopeMetrics });
      return lines(text, 'requests_total')
        .map((line) => /name="(.)"/.exec(line)?.[1])
        .join('');
    };
    expect([scrape('abc'), formatter.cachedSeries]).toEqual(['abc', 3]);
    expect([scrape('c'), formatter.cachedSeries]).toEqual(['c', 1]);
    expect([scrape('bcde'), formatter.cachedSeries]).toEqual(['bcde', 4]);
    formatter.format({ ...metrics, scopeMetrics: [] });
    expect(formatter.cachedSeries).toBe(0);
  });

  it('keeps at most the stated number of series and writes the others all the same', async () => {
    const { provider, collect } = createMeter();
    const counter = provider.getMeter('m').createCounter('requests');
    for (let n = 0; n < 50; n += 1) counter.add(n, { n });
    const formatter = new PrometheusFormatter({ maxCachedSeries: 10 });
    for (let scrape = 0; scrape < 3; scrape += 1) {
      const found = lines(formatter.format(await collect()), 'requests_total').map((line) =>
        Number(line.split(' ')[1]),
      );
      expect(found).toEqual(Array.from({ length: 50 }, (_, n) => n));
      expect(formatter.cachedSeries).toBe(10);
    }
  });

  it('writes one of two series with equal labels, however they came about', async () => {
    const { provider, collect } = createMeter();
    const meter = provider.getMeter('m');
    meter.createCounter('a.b').add(1);
    meter.createCounter('a_b').add(2);
    const formatter = new PrometheusFormatter();
    for (let scrape = 0; scrape < 2; scrape += 1) {
      expect(lines(formatter.format(await collect()), 'a_b_total')).toEqual(['a_b_total{otel_scope_name="m"} 1']);
      expect(formatter.leftOutSeries).toBe(1);
    }
  });
});
