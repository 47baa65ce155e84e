import { ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';

const TIMES = { startTime: [1, 0] as [number, number], endTime: [2, 0] as [number, number] };

/** A cumulative histogram of one point with `count` recordings. */
export function histogram(name: string, count: number, attributes: Record<string, string> = {}): MetricData {
  return {
    descriptor: { name, description: 'how long', unit: 's', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: [
      {
        ...TIMES,
        attributes,
        value: { count, sum: count * 0.5, buckets: { boundaries: [0.1, 1], counts: [0, count, 0] } },
      },
    ],
  };
}

/** A cumulative sum of one point. */
export function sum(name: string, value: number, isMonotonic = true): MetricData {
  return {
    descriptor: { name, description: '', unit: '1', valueType: ValueType.INT },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.SUM,
    isMonotonic,
    dataPoints: [{ ...TIMES, attributes: {}, value }],
  };
}

/** What a reader would collect. */
export function collected(...metrics: MetricData[]): ResourceMetrics {
  return {
    resource: resourceFromAttributes({ 'service.name': 'metrics-under-test' }),
    scopeMetrics: [{ scope: { name: 'mcp-vitals' }, metrics }],
  };
}
