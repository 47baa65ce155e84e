import { describe, expect, it } from 'vitest';
import { prometheusName } from '../../../../src/semconv/prometheus-name.ts';
import { prometheusUnit } from '../../../../src/semconv/prometheus-unit.ts';
import type { StreamKind } from '../../../../src/semconv/stream.ts';
import { STREAMS } from '../../../../src/semconv/streams.ts';

/** Name, unit, kind, Prometheus name, unit word: cases of the translation's own test suite unless said otherwise. */
const CASES: readonly (readonly [string, string, StreamKind, string, string])[] = [
  ['requests', '', 'counter', 'requests_total', ''],
  ['cpu_usage', '1', 'gauge', 'cpu_usage_ratio', ''],
  ['items', '1', 'counter', 'items_total', ''],
  ['response_time', 'ms', 'gauge', 'response_time_milliseconds', 'milliseconds'],
  ['memory_usage', 'By', 'gauge', 'memory_usage_bytes', 'bytes'],
  ['requests', '1/s', 'gauge', 'requests_per_second', 'per_second'],
  ['throughput', 'By/s', 'gauge', 'throughput_bytes_per_second', 'bytes_per_second'],
  ['custom_metric', 'custom_unit', 'gauge', 'custom_metric_custom_unit', 'custom_unit'],
  ['custom_metric', '{custom}', 'gauge', 'custom_metric', ''],
  ['custom_metric', 'By/{custom}', 'gauge', 'custom_metric_bytes', 'bytes'],
  ['requests_total', '', 'counter', 'requests_total', ''],
  ['cpu_usage_ratio', '1', 'gauge', 'cpu_usage_ratio', ''],
  ['response_time_seconds', 's', 'gauge', 'response_time_seconds', 'seconds'],
  [
    'metric__with__multiple__underscores',
    'unit__multiple__underscores',
    'gauge',
    'metric_with_multiple_underscores_unit_multiple_underscores',
    'unit_multiple_underscores',
  ],
  [
    'custom_metric',
    'unit@with#special/chars',
    'gauge',
    'custom_metric_unit_with_special_per_chars',
    'unit_with_special_per_chars',
  ],
  ['@#$%', '', 'gauge', '', ''],
  ['request_duration', 's', 'histogram', 'request_duration_seconds', 'seconds'],
  ['active_connections', '', 'updowncounter', 'active_connections', ''],
  ['cpu_usage', '%', 'gauge', 'cpu_usage_percent', 'percent'],
  ['requests', '1/m', 'gauge', 'requests_per_minute', 'per_minute'],
  ['renewals', '1/y', 'gauge', 'renewals_per_year', 'per_year'],
  ['custom', '1/custom_unit', 'gauge', 'custom_per_custom_unit', 'per_custom_unit'],
  ['metric', 'By/', 'gauge', 'metric_bytes', 'bytes'],
  ['metric', ' By / s ', 'gauge', 'metric_bytes_per_second', 'bytes_per_second'],
  ['metric', '/', 'gauge', 'metric', ''],
  ['http.requests', '1', 'counter', 'http_requests_total', ''],
  ['123metric', '', 'gauge', '_123metric', ''],
  // Our own: a counter that carries the suffix in the middle, an up-down counter with unit 1, a rate of annotated things.
  ['a.total.b', 's', 'counter', 'a_b_seconds_total', 'seconds'],
  ['pool.size', '1', 'updowncounter', 'pool_size', ''],
  ['rate', '{request}/s', 'gauge', 'rate_per_second', 'per_second'],
];

describe('Prometheus names', () => {
  it.each(CASES)('turn %j in %j (%s) into %j, unit %j', (name, unit, kind, expected, expectedUnit) => {
    expect(prometheusName({ name, unit, kind })).toBe(expected);
    expect(prometheusUnit(unit)).toBe(expectedUnit);
  });

  it('of all streams of the product are valid and differ from each other', () => {
    const names = STREAMS.map(prometheusName);
    expect(names.length).toBeGreaterThan(5);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(names).toContain('mcp_server_operation_duration_seconds');
  });
});
