import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** How much each stream has recorded since the process started: comparing two of them tells whether one is newer. */
export type RecordedTotals = ReadonlyMap<string, number>;

/**
 * Streams that grow only when a request did something. Figures of the process (CPU seconds, collected garbage) and of
 * ourselves grow all the time and would make every state look unsent.
 */
function isRecordedByRequests(name: string): boolean {
  return name.startsWith('mcp.') || (name.startsWith('mcp_vitals.') && !name.startsWith('mcp_vitals.self.'));
}

function recordedIn(metric: MetricData): number | undefined {
  let total: number | undefined;
  for (const { value } of metric.dataPoints) {
    // Numeric values compare only where they cannot go down: a gauge may return to what it was.
    if (typeof value === 'object') total = (total ?? 0) + value.count;
    else if ('isMonotonic' in metric && metric.isMonotonic) total = (total ?? 0) + value;
  }
  return total;
}

/** Sums, per stream, what cumulative histograms and counters have recorded. */
export function recordedTotals(metrics: ResourceMetrics): RecordedTotals {
  const totals = new Map<string, number>();
  for (const scope of metrics.scopeMetrics) {
    for (const metric of scope.metrics) {
      const { name } = metric.descriptor;
      const total = isRecordedByRequests(name) ? recordedIn(metric) : undefined;
      if (total !== undefined) totals.set(name, (totals.get(name) ?? 0) + total);
    }
  }
  return totals;
}

/** Whether `current` holds recordings that are missing in `sent`. */
export function hasUnsent(current: RecordedTotals, sent: RecordedTotals): boolean {
  for (const [name, total] of current) if (total > (sent.get(name) ?? 0)) return true;
  return false;
}

/** Number of data points in all streams. */
export function countPoints(metrics: ResourceMetrics): number {
  let count = 0;
  for (const scope of metrics.scopeMetrics) for (const metric of scope.metrics) count += metric.dataPoints.length;
  return count;
}
