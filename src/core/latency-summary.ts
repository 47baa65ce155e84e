import { fewestSamples, nearestRank, quantileRankInterval } from './confidence.ts';
import type { LatencyTally } from './latency-tally.ts';
import type { LogBuckets } from './log-buckets.ts';

/** Quantiles of a summary unless others are asked for. */
const DEFAULT_QUANTILES: readonly number[] = [0.5, 0.9, 0.95, 0.99];

/** One percentile of a window with its uncertainty. */
export interface QuantileEstimate {
  /** 0.95 for P95. */
  readonly quantile: number;
  /** Within the relative error of the window of the nearest-rank value; `undefined` when there are too few samples. */
  readonly seconds: number | undefined;
  /** Lower end of the 95 % confidence interval; `undefined` when withheld or not bounded by the sample. */
  readonly lowSeconds: number | undefined;
  /** Upper end; P99 has none below 368 samples, since no observed value is then surely above it. */
  readonly highSeconds: number | undefined;
  readonly samples: number;
}

/** Latency over a sliding window. JSON-serialisable. */
export interface LatencySummary {
  readonly count: number;
  /** Nominal length of the window. The oldest slice expires as a whole, so up to one slice less is covered. */
  readonly windowSeconds: number;
  /** Exact, not from buckets; like `min` and `max` undefined when `count` is 0. */
  readonly mean: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly quantiles: readonly QuantileEstimate[];
}

/**
 * Describes a tally. Confidence bounds are the outer edges of the buckets of the bounding order statistics, so the
 * bucket error widens the interval and never narrows it.
 *
 * @throws {RangeError} when a quantile is not between 0 and 1, exclusive
 */
export function summarizeTally(
  tally: LatencyTally,
  buckets: LogBuckets,
  windowSeconds: number,
  quantiles: readonly number[] = DEFAULT_QUANTILES,
): LatencySummary {
  const { count, min, max } = tally;
  const clamp = (seconds: number): number => Math.min(Math.max(seconds, min), max);

  const estimate = (quantile: number): QuantileEstimate => {
    if (count < fewestSamples(quantile)) {
      return { quantile, seconds: undefined, lowSeconds: undefined, highSeconds: undefined, samples: count };
    }
    const ranks = quantileRankInterval(quantile, count);
    const low = ranks.low === undefined ? undefined : tally.slotAtRank(ranks.low);
    const high = ranks.high === undefined ? undefined : tally.slotAtRank(ranks.high);
    return {
      quantile,
      seconds: clamp(buckets.estimate(tally.slotAtRank(nearestRank(quantile, count)))),
      // The outermost slots also hold what lies outside the range of the layout.
      lowSeconds: low === undefined ? undefined : low === 0 ? min : clamp(buckets.lowerBound(low)),
      highSeconds:
        high === undefined ? undefined : high === buckets.slotCount - 1 ? max : clamp(buckets.upperBound(high)),
      samples: count,
    };
  };

  const isEmpty = count === 0;
  return {
    count,
    windowSeconds,
    mean: isEmpty ? undefined : clamp(tally.sum / count),
    min: isEmpty ? undefined : min,
    max: isEmpty ? undefined : max,
    quantiles: quantiles.map(estimate),
  };
}
