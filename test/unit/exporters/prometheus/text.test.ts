import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import * as inlined from '../../../../src/exporters/prometheus/data-point-type.ts';
import { escapeHelp, escapeLabelValue, formatLabels } from '../../../../src/exporters/prometheus/labels.ts';
import { prometheusLabelName } from '../../../../src/semconv/prometheus-label.ts';
import { formatBoundary, formatSampleValue } from '../../../../src/semconv/prometheus-number.ts';

describe('Prometheus label names', () => {
  it.each([
    ['mcp.method.name', 'mcp_method_name'],
    ['label:with:colons', 'label_with_colons'],
    ['label!with&special$chars)', 'label_with_special_chars_'],
    ['a..b__c', 'a_b_c'],
    ['123label', 'key_123label'],
    ['__name__', '_name_'],
    ['ようこそ', '_'],
    ['', '_'],
  ])('turn %j into %j', (attribute, expected) => {
    expect(prometheusLabelName(attribute)).toBe(expected);
    expect(prometheusLabelName(attribute)).toBe(expected);
  });
});

describe('Prometheus labels', () => {
  it('are sorted, escaped, and written without empty values', () => {
    expect(formatLabels({ z: 'line\nbreak', a: 'say "hi" \\o/', empty: '' })).toBe(
      'a="say \\"hi\\" \\\\o/",z="line\\nbreak"',
    );
  });

  it('join the values of attributes whose names become equal, in the order of the original names', () => {
    expect(formatLabels({ a_b: 'second', 'a.b': 'first' })).toBe('a_b="first;second"');
  });

  it('write numbers, booleans and lists as text', () => {
    expect(formatLabels({ b: true, l: ['x', 'y'], n: 1.5 })).toBe('b="true",l="[\\"x\\",\\"y\\"]",n="1.5"');
  });

  it('step aside for a label the caller writes himself', () => {
    expect(formatLabels({ le: 'mine' }, ['le'])).toBe('exported_le="mine"');
  });

  it('replace NUL, which would end the input of the scanner', () => {
    expect(escapeLabelValue('a\0b')).toBe('a\uFFFDb');
    expect(escapeHelp('a\0b\\n\n"')).toBe('a\uFFFDb\\\\n\\n"');
  });
});

describe('Prometheus numbers', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [1.5, '1.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.MIN_VALUE, '5e-324'],
    [1e21, '1e+21'],
  ])('write the value %d as %s', (value, expected) => {
    expect(formatSampleValue(value)).toBe(expected);
    if (!Number.isNaN(value)) expect(Number(expected.replace('Inf', 'Infinity'))).toBe(value === 0 ? 0 : value);
  });

  it.each([
    [0, '0'],
    [1, '1'],
    [0.0001, '0.0001'],
    [0.00005, '5e-05'],
    [0.000025, '2.5e-05'],
    [524_288, '524288'],
    [999_999, '999999'],
    [1_000_000, '1e+06'],
    [2_097_152, '2.097152e+06'],
    [-0.00005, '-5e-05'],
    [1e100, '1e+100'],
    [0.1 + 0.2, '0.30000000000000004'],
    [Number.POSITIVE_INFINITY, '+Inf'],
  ])('write the boundary %d as Go does: %s', (boundary, expected) => {
    expect(formatBoundary(boundary)).toBe(expected);
  });
});

describe('the inlined OpenTelemetry constants', () => {
  it('match the installed SDK', () => {
    expect({ ...inlined }).toEqual({
      DATA_POINT_HISTOGRAM: DataPointType.HISTOGRAM,
      DATA_POINT_EXPONENTIAL_HISTOGRAM: DataPointType.EXPONENTIAL_HISTOGRAM,
      DATA_POINT_GAUGE: DataPointType.GAUGE,
      DATA_POINT_SUM: DataPointType.SUM,
      TEMPORALITY_DELTA: AggregationTemporality.DELTA,
    });
  });
});
