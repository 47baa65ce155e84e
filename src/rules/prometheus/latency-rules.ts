import { METRIC_SERVER_OPERATION_DURATION, streamByName } from '../../semconv/streams.ts';
import { FLEET_LABELS, metricOf, numberText, sumBy } from '../promql.ts';
import { OPERATION_LABELS } from './objective-rules.ts';
import { RECORD_LATENCY } from './record-names.ts';
import type { RuleGroup } from './rule-group.ts';

const QUANTILES = [0.5, 0.95, 0.99] as const;

/** Percentiles per operation over all servers together; interpolated within a bucket, exact at an objective's target. */
export function latencyGroup(): RuleGroup {
  const bucket = `${metricOf(streamByName(METRIC_SERVER_OPERATION_DURATION))}_bucket`;
  const buckets = sumBy([...FLEET_LABELS, ...OPERATION_LABELS, 'le'], `rate(${bucket}[5m])`);
  return {
    name: 'mcp-vitals-latency',
    interval: '30s',
    rules: QUANTILES.map((quantile) => ({
      record: `${RECORD_LATENCY}5m`,
      // Without traffic a quantile is not a number; no series says the same.
      expr: `histogram_quantile(${numberText(quantile)}, ${buckets}) >= 0`,
      labels: { quantile: numberText(quantile) },
    })),
  };
}
