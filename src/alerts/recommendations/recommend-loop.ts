import { adviceFor } from './causes.ts';
import type { Standstill } from './loop-log.ts';
import type { Weighted } from './recommend.ts';

/**
 * Below this share of the time fewer than one request in twenty meets a standstill, so no P95 shows it; unless they are so long that a
 * request loses this much on average all the same.
 */
const SMALLEST_SHARE = 0.05;
const SMALLEST_WAIT_MS = 5;
/** With so few, or where a single one is most of it (a debugger, a laptop that slept), it is no pattern. */
const FEWEST = 3;
const LARGEST_PART = 0.75;
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
  const waitMs = squaresMs / 2 / spanMs;
  if (!(spanMs > 0) || count < FEWEST || longestMs > LARGEST_PART * totalMs) return [];
  if (ofTime < SMALLEST_SHARE && waitMs < SMALLEST_WAIT_MS) return [];
  const severity = ofTime > MOST_OF_THE_TIME ? 'critical' : longestMs >= FELT_MS ? 'warning' : 'info';
  const recommendation = {
    severity,
    operation: undefined,
    culprit: 'event loop',
    share,
    evidence:
      `in ${(spanMs / 1000).toFixed(0)} s the event loop stood still ${count} times for something that is no call, ` +
      `${(ofTime * 100).toFixed(0)} % of the time, ${longestMs.toFixed(0)} ms at the longest; ` +
      `a request loses ${waitMs.toPrecision(2)} ms to it on average, waiting unread`,
    advice: adviceFor('event loop'),
    withoutSeconds: undefined,
  } as const;
  return [{ weight: (ratePerSecond * waitMs) / 1000, recommendation }];
}
