import type { Exemplar } from '../../core/explicit-histogram.ts';
import { formatSampleValue } from '../../semconv/prometheus-number.ts';

/** A histogram point with the exemplars of its buckets, the one above the last boundary included. */
export interface ExemplarPoint {
  readonly exemplars?: readonly (Exemplar | undefined)[];
}

/**
 * What follows a bucket line in OpenMetrics; empty without an exemplar. Names and ids together are 63 characters, of the
 * 128 the format allows.
 */
export function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  const { traceId, spanId, value, timeMs } = exemplar;
  const labels = `{trace_id="${traceId}",span_id="${spanId}"}`;
  return ` # ${labels} ${formatSampleValue(value)} ${(timeMs / 1000).toFixed(3)}`;
}
