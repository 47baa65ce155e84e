import type { CallMeans } from './call-samples.ts';
import type { Cause } from './causes.ts';

/** How much of what makes slow calls slow is due to one cause. Milliseconds are means per call. */
export interface Contribution {
  readonly cause: Cause;
  readonly slowMs: number;
  readonly normalMs: number;
  /** Of the time slow calls take beyond the normal ones, 0 … 1. */
  readonly share: number;
}

/** The work itself takes this many times as long in slow calls, and is this share of the difference: then queueing follows from it. */
const SLOWED_WORK = 1.5;
const SLOWED_SHARE = 0.3;

/**
 * Where the difference between slow and normal calls lies, the largest first: the mean time per cause in the slow calls less that in
 * the normal ones, over the sum of those that grew. Without normal calls to compare with, it is the composition of the slow ones.
 *
 * A wait in the queue is a consequence where the work itself has become slow: then its part goes to the causes that slowed the work, in
 * proportion. Where calls wait longer and work as long as ever, it is the queue.
 */
export function contributionsOf(slow: CallMeans, normal: CallMeans, causes: readonly Cause[]): Contribution[] {
  const grown = causes.map((cause, at) => {
    const slowMs = slow.causesMs[at] ?? 0;
    const normalMs = normal.count === 0 ? 0 : (normal.causesMs[at] ?? 0);
    return { cause, slowMs, normalMs, excessMs: Math.max(0, slowMs - normalMs) };
  });
  const sum = grown.reduce((total, { excessMs }) => total + excessMs, 0);
  if (!(sum > 0)) return [];
  const queued = grown
    .filter(({ cause }) => cause.kind === 'queue')
    .reduce((total, { excessMs }) => total + excessMs, 0);
  const worked = sum - queued;
  const slowWork = slow.durationMs - meanOfQueue(grown, 'slowMs');
  const normalWork = normal.durationMs - meanOfQueue(grown, 'normalMs');
  const follows = worked > SLOWED_SHARE * sum && (normal.count === 0 || slowWork > SLOWED_WORK * normalWork);
  return grown
    .map(({ cause, slowMs, normalMs, excessMs }): Contribution => {
      const own = cause.kind === 'queue' && follows ? 0 : excessMs;
      const consequence = cause.kind !== 'queue' && follows ? (queued * excessMs) / worked : 0;
      return { cause, slowMs, normalMs, share: (own + consequence) / sum };
    })
    .sort((a, b) => b.share - a.share);
}

function meanOfQueue(
  grown: readonly { readonly cause: Cause; readonly slowMs: number; readonly normalMs: number }[],
  of: 'slowMs' | 'normalMs',
): number {
  return grown.filter(({ cause }) => cause.kind === 'queue').reduce((sum, row) => sum + row[of], 0);
}
