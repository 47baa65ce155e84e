import { adviceFor } from './causes.ts';
import type { Standstill } from './loop-log.ts';
import type { Weighted } from './recommend.ts';

/** Below this share of the time, or with so few stretches, it is no pattern. */
const SMALLEST_SHARE = 0.05;
const FEWEST = 3;
/** From this on a standstill is felt; where the rule `event-loop-stalled` speaks. */
const FELT_MS = 100;
const MOST_OF_THE_TIME = 0.5;

/**
 * What to do about an event loop that stands still for something that is no call. Such time is not in the latency of the calls that
 * arrive meanwhile: their bytes wait where no program sees them, so it is a matter of the whole process.
 *
 * What arrives in a standstill waits for half of it on average, and as the longer ones meet more arrivals, requests lose the sum of
 * their squares, halved, over the time.
 *
 * @param spanMs time the figures are about
 * @param ratePerSecond requests in that time
 */
export function recommendForLoop(
  { count, totalMs, squaresMs, longestMs, share }: Standstill,
  spanMs: number,
  ratePerSecond: number,
): Weighted[] {
  const ofTime = totalMs / spanMs;
  if (!(spanMs > 0) || count < FEWEST || ofTime < SMALLEST_SHARE) return [];
  const severity = ofTime > MOST_OF_THE_TIME ? 'critical' : longestMs >= FELT_MS ? 'warning' : 'info';
  const recommendation = {
    severity,
    operation: undefined,
    culprit: 'event loop',
    share,
    evidence:
      `in ${(spanMs / 1000).toFixed(0)} s the event loop stood still ${count} times for something that is no call, ` +
      `${(ofTime * 100).toFixed(0)} % of the time, ${longestMs.toFixed(0)} ms at the longest; what arrives meanwhile waits unread`,
    advice: adviceFor('event loop'),
    withoutSeconds: undefined,
  } as const;
  return [{ weight: (ratePerSecond * squaresMs) / 2 / spanMs / 1000, recommendation }];
}
