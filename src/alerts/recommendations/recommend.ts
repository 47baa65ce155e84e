import { SEVERITIES, type Severity } from '../../core/model/alert.ts';
import type { Recommendation } from '../../core/model/health.ts';
import type { Snapshot } from '../../core/model/snapshot.ts';
import type { Comparison } from './call-book.ts';
import { adviceFor } from './causes.ts';
import { type Contribution, contributionsOf } from './contributions.ts';

/** A cause that explains less of the difference is not worth a sentence. */
const SMALLEST_SHARE = 0.25;
const MOST_PER_OPERATION = 2;
const MOST = 10;
/** Without a missed objective: slow calls are worth naming when the P95 is that far from the usual, and by that much. */
const UNUSUAL = 3;
const FEWEST_MS = 20;

/** A recommendation with what it is about: the seconds that requests lose to it, per second. Of equal severity the dearest comes first. */
export interface Weighted {
  readonly weight: number;
  readonly recommendation: Recommendation;
}

/**
 * What to do about operations that are too slow, the worst first: of each the causes that explain most of what its slow calls take
 * beyond the normal ones. Only figures decide; names are shown and never looked at.
 *
 * @param more recommendations about the whole process, to be ranked among them
 *
 * Severity: critical where the P95 is over twice its objective, warning over its objective, info where it is only unusual.
 */
export function recommend(
  comparisons: readonly Comparison[],
  snapshot: Pick<Snapshot, 'objectives' | 'operations'>,
  more: readonly Weighted[] = [],
): Recommendation[] {
  const found = comparisons.flatMap((comparison): Weighted[] => {
    const severity = severityOf(comparison, snapshot);
    if (severity === undefined) return [];
    const { operation, slow, normal, causes } = comparison;
    const { ratePerSecond = 0, latency } = snapshot.operations.find(({ name }) => name === operation) ?? {};
    const excess = Math.max(0, (latency?.mean ?? 0) - normal.durationMs / 1000);
    return contributionsOf(slow, normal, causes)
      .filter(({ share }) => share >= SMALLEST_SHARE)
      .slice(0, MOST_PER_OPERATION)
      .map((contribution) => ({
        weight: ratePerSecond * contribution.share * excess,
        recommendation: toRecommendation(comparison, contribution, severity),
      }));
  });
  return [...found, ...more]
    .sort(
      (a, b) =>
        SEVERITIES.indexOf(b.recommendation.severity) - SEVERITIES.indexOf(a.recommendation.severity) ||
        b.weight - a.weight,
    )
    .slice(0, MOST)
    .map(({ recommendation }) => recommendation);
}

function severityOf(
  { operation, usualMs }: Comparison,
  { objectives = [], operations }: Pick<Snapshot, 'objectives' | 'operations'>,
): Severity | undefined {
  const missed = objectives.filter(
    ({ id, indicator, operation: of, quantile = 0, state }) =>
      indicator === 'latency' &&
      of === operation &&
      state === 'breached' &&
      id === `${operation} p${Math.round(quantile * 100)}`,
  );
  if (missed.some(({ observed = 0, target }) => observed > 2 * target)) return 'critical';
  if (missed.length > 0) return 'warning';
  const latency = operations.find(({ name }) => name === operation)?.latency;
  const p95 = latency?.quantiles.find(({ quantile }) => quantile === 0.95)?.seconds;
  if (p95 === undefined) return undefined;
  return p95 * 1000 > UNUSUAL * usualMs && p95 * 1000 - usualMs > FEWEST_MS ? 'info' : undefined;
}

function toRecommendation(
  { operation, slow, normal }: Comparison,
  { cause, share, slowMs, normalMs }: Contribution,
  severity: Severity,
): Recommendation {
  const difference = Math.max(0, slow.durationMs - normal.durationMs);
  const direct = Math.max(0, slowMs - normalMs);
  const queueing = share * difference > 1.1 * direct ? ', with the queueing it causes' : '';
  const compared =
    normal.count === 0
      ? `${slow.count} slow calls take ${milliseconds(slow.durationMs)} on average, and there were no faster ones to compare with; ` +
        `${percent(share)} of that is ${cause.name} (${milliseconds(slowMs)}${queueing})`
      : `${slow.count} slow calls take ${milliseconds(slow.durationMs)} on average, ${normal.count} normal ones ` +
        `${milliseconds(normal.durationMs)}; ${percent(share)} of the difference is ${cause.name} ` +
        `(${milliseconds(slowMs)} against ${milliseconds(normalMs)}${queueing})`;
  return {
    severity,
    operation,
    culprit: cause.name,
    share,
    evidence: compared,
    advice: adviceFor(cause.kind),
    withoutSeconds: Math.max(0, slow.durationMs - share * difference) / 1000,
  };
}

function milliseconds(ms: number): string {
  return `${ms >= 100 ? ms.toFixed(0) : ms.toPrecision(2)} ms`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
