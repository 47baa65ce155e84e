/** Slope and order of a series of equally spaced values. */
export interface TrendTest {
  /** Change per step: the median of the slopes of all pairs (Theil 1950, Sen 1968). */
  readonly slope: number;
  /** Value of the line at the last step. */
  readonly level: number;
  /** Two-sided, of the rank test of Mann (1945) and Kendall (1975) with the variance corrected for ties and autocorrelation. */
  readonly pValue: number;
  readonly samples: number;
}

/** Fewer values than this have no order worth testing: the normal approximation needs about ten. */
export const FEWEST_VALUES = 10;
/** An autocorrelation closer to 1 than this cannot be told from a trend. */
const MOST_ALIKE = 0.95;

/**
 * Whether a series rises or falls, and how fast. Missing values (NaN) are left out of every pair.
 *
 * Neighbouring minutes resemble each other, which makes a trend out of nothing: the variance is enlarged by the factor of Yue and
 * Wang (2004), computed from the autocorrelation of the residuals.
 *
 * @returns `undefined` with fewer than ten values
 */
export function testTrend(values: readonly number[]): TrendTest | undefined {
  const points = values.flatMap((value, at) => (Number.isFinite(value) ? [{ at, value }] : []));
  const n = points.length;
  if (n < FEWEST_VALUES) return undefined;
  const slopes: number[] = [];
  let score = 0;
  for (let j = 1; j < n; j++) {
    for (let i = 0; i < j; i++) {
      const [a, b] = [points[i], points[j]] as [{ at: number; value: number }, { at: number; value: number }];
      slopes.push((b.value - a.value) / (b.at - a.at));
      score += Math.sign(b.value - a.value);
    }
  }
  const slope = median(slopes);
  const intercept = median(points.map(({ at, value }) => value - slope * at));
  const residuals = points.map(({ at, value }) => value - slope * at);
  const variance = varianceOf(points.map(({ value }) => value)) * autocorrelationFactor(residuals);
  const z = score === 0 || !(variance > 0) ? 0 : (score - Math.sign(score)) / Math.sqrt(variance);
  return { slope, level: intercept + slope * (points.at(-1)?.at ?? 0), pValue: twoSided(z), samples: n };
}

function varianceOf(values: readonly number[]): number {
  const n = values.length;
  const ties = new Map<number, number>();
  for (const value of values) ties.set(value, (ties.get(value) ?? 0) + 1);
  let tied = 0;
  for (const t of ties.values()) tied += t * (t - 1) * (2 * t + 5);
  return (n * (n - 1) * (2 * n + 5) - tied) / 18;
}

/**
 * How many dependent values say as much as one independent one: (1 + r)/(1 − r) for the autocorrelation r of lag 1, less its bias in
 * short series with the trend taken out (Hamed 2009).
 */
function autocorrelationFactor(residuals: readonly number[]): number {
  const n = residuals.length;
  const mean = residuals.reduce((sum, value) => sum + value, 0) / n;
  let [spread, covariance] = [0, 0];
  residuals.forEach((value, at) => {
    spread += (value - mean) ** 2;
    if (at > 0) covariance += (value - mean) * ((residuals[at - 1] ?? 0) - mean);
  });
  if (!(spread > 0)) return 1;
  const r = Math.min(MOST_ALIKE, Math.max(0, ((n * covariance) / spread + 2) / (n - 4)));
  return (1 + r) / (1 - r);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/** Two-sided p of a standard normal, by the approximation 7.1.26 of Abramowitz and Stegun (absolute error below 1.5e-7). */
function twoSided(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.min(1, poly * Math.exp(-x * x));
}
