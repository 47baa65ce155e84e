import { type SampleMoments, welchGreater } from '../../core/welch.ts';

/** Of either side: with fewer the test has no power worth naming. */
export const FEWEST_ROUNDS = 12;
const SMALLEST_RATIO = 1.1;
const SIGNIFICANCE = 0.01;

/** What rounds say against a baseline. */
export interface RoundComparison {
  /** P95 now over P95 then, geometric means. */
  readonly ratio: number;
  /** Probability of such a difference without any change. */
  readonly p: number;
  readonly rounds: number;
  /** More than 10 % slower, with evidence. */
  readonly isSlower: boolean;
}

/**
 * Compares the P95 of recent rounds with that of a baseline: Welch's test on ln(P95), one-sided at 1 %, and at least 10 % slower,
 * since a difference that nobody notices is no regression however certain.
 *
 * @returns `undefined` while either side has fewer than 12 rounds
 */
export function compareRounds(recent: SampleMoments, baseline: SampleMoments): RoundComparison | undefined {
  if (recent.count < FEWEST_ROUNDS || baseline.count < FEWEST_ROUNDS) return undefined;
  const ratio = Math.exp(recent.mean - baseline.mean);
  const p = welchGreater(recent, baseline);
  return { ratio, p, rounds: recent.count, isSlower: ratio >= SMALLEST_RATIO && p < SIGNIFICANCE };
}
