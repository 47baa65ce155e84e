/**
 * What a sample can and cannot say: ranks, confidence intervals, smallest sample sizes. Pure functions of numbers.
 *
 * Sources: order-statistic intervals are distribution-free: Hahn and Meeker, "Statistical Intervals", 1991, section 5.2.
 * The normal approximation of their ranks is that of Conover, "Practical Nonparametric Statistics", 3rd ed., section 3.2.
 * The interval for ratios: Wilson, JASA 22, 1927; recommended by Brown, Cai, DasGupta, Statistical Science 16(2), 2001.
 */

/** Standard normal quantile of a two-sided 95 % interval. */
const Z_95 = 1.959963984540054;

/** Probability left out on each side of a two-sided 95 % interval. */
const TAIL_ALPHA = 0.025;

/** Up to this expected number of samples in the shorter tail the binomial distribution is summed, at most ~120 terms. */
const EXACT_TAIL_SAMPLES = 50;

/** Below this no quantile says anything. */
const FEWEST_SAMPLES = 5;

/** Ranks (1 = smallest) of the order statistics that bound a quantile; `undefined` where the sample has no such bound. */
export interface RankInterval {
  readonly low: number | undefined;
  readonly high: number | undefined;
}

/** Bounds of a ratio, 0 to 1. */
export interface RatioInterval {
  readonly low: number;
  readonly high: number;
}

function assertQuantile(quantile: number): void {
  if (!(quantile > 0 && quantile < 1)) {
    throw new RangeError(`a quantile is between 0 and 1, exclusive; got ${quantile}`);
  }
}

/**
 * Rank of a quantile by the nearest-rank definition: the smallest rank holding at least that share of the samples.
 *
 * @throws {RangeError} when `quantile` is not between 0 and 1, exclusive
 */
export function nearestRank(quantile: number, samples: number): number {
  assertQuantile(quantile);
  // 0.07 * 100 is 7.000000000000001 in floating point; the true rank is 7.
  const rank = Math.ceil(quantile * samples * (1 - 1e-12));
  return Math.min(Math.max(rank, 1), samples);
}

/**
 * Fewest samples for which a quantile is worth stating: one expected sample in the shorter tail, and at least 5. That is
 * 5 for P50, 10 for P90, 20 for P95, 100 for P99 and 1,000 for P99.9.
 *
 * @throws {RangeError} when `quantile` is not between 0 and 1, exclusive
 */
export function fewestSamples(quantile: number): number {
  assertQuantile(quantile);
  const tail = Math.min(quantile, 1 - quantile);
  return Math.max(FEWEST_SAMPLES, Math.ceil((1 / tail) * (1 - 1e-9)));
}

/**
 * Ranks l and u such that the true quantile lies between the l-th and u-th smallest sample with 95 % confidence, at most
 * 2.5 % missed on each side.
 *
 * With X ~ Bin(n, q): l is the largest rank with P(X <= l - 1) <= 0.025, u the smallest with P(X <= u - 1) >= 0.975.
 * Exact while the shorter tail is expected to hold at most 50 samples; beyond that l = floor(nq - z s) and
 * u = ceil(nq + z s) + 1 with s = sqrt(nq(1 - q)), which is at most 2 ranks wider. The upper bound of P99 does not exist
 * below 368 samples: nothing in a smaller sample is surely above P99.
 *
 * @throws {RangeError} when `quantile` is not between 0 and 1, exclusive
 */
export function quantileRankInterval(quantile: number, samples: number): RankInterval {
  assertQuantile(quantile);
  if (quantile <= 0.5) return withinSample(lowerTailRanks(quantile, samples), samples);
  const mirrored = lowerTailRanks(1 - quantile, samples);
  return withinSample({ low: samples + 1 - mirrored.high, high: samples + 1 - mirrored.low }, samples);
}

function withinSample(ranks: { low: number; high: number }, samples: number): RankInterval {
  return { low: ranks.low >= 1 ? ranks.low : undefined, high: ranks.high <= samples ? ranks.high : undefined };
}

/** Ranks for a quantile of at most 0.5; 0 and `samples + 1` stand for "no bound". */
function lowerTailRanks(p: number, samples: number): { low: number; high: number } {
  const expected = samples * p;
  if (expected > EXACT_TAIL_SAMPLES) {
    const margin = Z_95 * Math.sqrt(expected * (1 - p));
    return { low: Math.floor(expected - margin), high: Math.ceil(expected + margin) + 1 };
  }
  const odds = p / (1 - p);
  let term = Math.exp(samples * Math.log1p(-p));
  let cumulated = term;
  let low = 0;
  let k = 0;
  while (k < samples && cumulated < 1 - TAIL_ALPHA) {
    if (cumulated <= TAIL_ALPHA) low = k + 1;
    term *= ((samples - k) / (k + 1)) * odds;
    k += 1;
    cumulated += term;
  }
  return { low, high: k + 1 };
}

/**
 * Wilson score interval of a ratio; `undefined` without trials.
 *
 * With p = successes / trials: centre (p + z²/2n) / (1 + z²/n), half width z / (1 + z²/n) * sqrt(p(1-p)/n + z²/4n²).
 *
 * @param z standard normal quantile of the wanted confidence, default that of 95 %
 */
export function wilsonInterval(successes: number, trials: number, z: number = Z_95): RatioInterval | undefined {
  if (!(trials > 0)) return undefined;
  const ratio = Math.min(Math.max(successes / trials, 0), 1);
  const zz = (z * z) / trials;
  const centre = (ratio + zz / 2) / (1 + zz);
  const half = (z / (1 + zz)) * Math.sqrt((ratio * (1 - ratio)) / trials + zz / (4 * trials));
  // At 0 and 1 the bound is exact in theory and off by rounding in practice.
  return {
    low: ratio === 0 ? 0 : Math.max(0, centre - half),
    high: ratio === 1 ? 1 : Math.min(1, centre + half),
  };
}
