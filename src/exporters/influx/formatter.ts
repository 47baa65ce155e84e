/**
 * OpenTelemetry metrics in InfluxDB line protocol: one line per point, the metric's name as measurement, its attributes as
 * tags together with the name and instance of the service.
 *
 * Sums and gauges have the field `value`. Histograms have `count`, `sum`, `min`, `max` and one field per bucket, `le_0.05`,
 * which counts the values up to that bound, as in Prometheus. Fields that are no finite number are left out, and points
 * without a field with them; so are delta values, which could not be told from running totals.
 */
import type { Attributes, HrTime } from '@opentelemetry/api';
import type { Histogram, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import {
  DATA_POINT_EXPONENTIAL_HISTOGRAM,
  DATA_POINT_GAUGE,
  DATA_POINT_HISTOGRAM,
  TEMPORALITY_DELTA,
} from '../prometheus/data-point-type.ts';
import { explicitBuckets } from '../prometheus/exponential-buckets.ts';
import { escapeMeasurement, escapeTag } from './line-escape.ts';

/** Attributes of the resource that tell one process from another; the rest would only be repeated on every line. */
const RESOURCE_TAGS = ['service.name', 'service.instance.id'] as const;
/** Names InfluxDB keeps for itself. */
const RESERVED_TAGS = new Set(['time', '_field', '_measurement']);

/** The lines of one collection, each with a line feed at its end; never throws for anything the SDK can produce. */
export function formatInflux({ resource, scopeMetrics }: ResourceMetrics): string {
  const common: Record<string, unknown> = {};
  for (const name of RESOURCE_TAGS) common[name] = resource.attributes[name];
  let text = '';
  for (const { metrics } of scopeMetrics) for (const metric of metrics) text += metricLines(metric, common);
  return text;
}

function metricLines(metric: MetricData, common: Readonly<Record<string, unknown>>): string {
  const name = metric.descriptor.name;
  if (name === '') return '';
  if (metric.dataPointType !== DATA_POINT_GAUGE && metric.aggregationTemporality === TEMPORALITY_DELTA) return '';
  const measurement = escapeMeasurement(name);
  const line = (point: { attributes: Attributes; endTime: HrTime }, fields: readonly string[]): string =>
    fields.length === 0
      ? ''
      : `${measurement}${tagText({ ...common, ...point.attributes })} ${fields.join(',')} ${nanoseconds(point.endTime)}\n`;
  let text = '';
  if (metric.dataPointType === DATA_POINT_HISTOGRAM) {
    for (const point of metric.dataPoints) text += line(point, histogramFields(point.value, point.value.buckets));
  } else if (metric.dataPointType === DATA_POINT_EXPONENTIAL_HISTOGRAM) {
    const { boundaries, counts } = explicitBuckets(metric.dataPoints.map(({ value }) => value));
    metric.dataPoints.forEach((point, at) => {
      text += line(point, histogramFields(point.value, { boundaries, counts: counts[at] ?? [] }));
    });
  } else {
    for (const point of metric.dataPoints) text += line(point, decimal('value', point.value));
  }
  return text;
}

function histogramFields(
  { count, sum, min, max }: Pick<Histogram, 'count' | 'sum' | 'min' | 'max'>,
  { boundaries, counts }: { readonly boundaries: readonly number[]; readonly counts: readonly number[] },
): string[] {
  let below = 0;
  const buckets = boundaries.flatMap((boundary, at) => {
    below += counts[at] ?? 0;
    return integer(`le_${boundary}`, below);
  });
  const range = count > 0 ? [...decimal('min', min), ...decimal('max', max)] : [];
  return [...integer('count', count), ...decimal('sum', sum), ...range, ...buckets];
}

function tagText(attributes: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const key of Object.keys(attributes).sort()) {
    const value = attributes[key];
    if (value === undefined || value === null) continue;
    const escaped = escapeTag(Array.isArray(value) ? JSON.stringify(value) : String(value));
    const name = escapeTag(RESERVED_TAGS.has(key) ? `${key}_` : key);
    if (escaped !== '' && name !== '') text += `,${name}=${escaped}`;
  }
  return text;
}

function integer(name: string, value: number): string[] {
  return Number.isSafeInteger(value) ? [`${name}=${value}i`] : [];
}

function decimal(name: string, value: number | undefined): string[] {
  return value !== undefined && Number.isFinite(value) ? [`${name}=${value}`] : [];
}

function nanoseconds([seconds, rest]: HrTime): string {
  return `${seconds}${String(rest).padStart(9, '0')}`;
}
