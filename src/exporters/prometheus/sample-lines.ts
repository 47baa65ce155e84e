import type { Exemplar } from '../../core/explicit-histogram.ts';
import { formatSampleValue } from '../../semconv/prometheus-number.ts';
import { exemplarText } from './exemplar-text.ts';
import type { Series } from './series-cache.ts';

/** The line of a counter or gauge; empty for a series that must not be written. */
export function sampleLine(series: Series | undefined, value: number | undefined): string {
  if (series === undefined || series.duplicate || value === undefined) return '';
  return `${series.prefix + formatSampleValue(value)}\n`;
}

/**
 * The lines of one histogram: cumulative buckets with `+Inf`, sum, count.
 *
 * `+Inf` and `_count` are the number of recorded values, as in every Prometheus client; the sum is left out where
 * OpenTelemetry has none (instruments that record negative values).
 *
 * @param tails rendered ends of the bucket lines, one per boundary
 * @param exemplars one per bucket, the last one above the last boundary; only OpenMetrics has them
 * @param counts values per bucket, not cumulative; what lies above the last boundary is not needed
 */
export function histogramLines(
  series: Series | undefined,
  boundaries: readonly number[],
  tails: readonly string[],
  counts: readonly number[],
  totals: { readonly count: number; readonly sum?: number },
  exemplars: readonly (Exemplar | undefined)[] = [],
): string {
  if (series === undefined || series.duplicate) return '';
  let text = '';
  let cumulative = 0;
  for (let at = 0; at < boundaries.length; at += 1) {
    const boundary = boundaries[at] ?? Number.POSITIVE_INFINITY;
    cumulative += counts[at] ?? 0;
    // An explicit infinity is the +Inf bucket below; of equal boundaries the last has the whole count.
    if (boundary === Number.POSITIVE_INFINITY || boundary === boundaries[at + 1]) continue;
    text += `${series.prefix + (tails[at] ?? '') + cumulative + exemplarText(exemplars[at])}\n`;
  }
  text += `${series.prefix}+Inf"} ${totals.count}${exemplarText(exemplars[boundaries.length])}\n`;
  if (totals.sum !== undefined) text += `${series.sumPrefix + formatSampleValue(totals.sum)}\n`;
  return `${text}${series.countPrefix}${totals.count}\n`;
}
