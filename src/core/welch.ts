/** Count, mean and sum of squared deviations of a sample: enough to compare two of them. JSON-serialisable. */
export interface SampleMoments {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
}

export const NO_SAMPLES: SampleMoments = { count: 0, mean: 0, squares: 0 };

/** Adds one value (Welford, Technometrics 4, 1962). */
export function withSample({ count, mean, squares }: SampleMoments, value: number): SampleMoments {
  const delta = value - mean;
  const newMean = mean + delta / (count + 1);
  return { count: count + 1, mean: newMean, squares: squares + delta * (value - newMean) };
}

/**
 * Probability of a mean at least that much larger than the other by chance alone: one-sided test of Welch (Biometrika 34, 1947),
 * which does not assume equal variances.
 *
 * @returns p of "`a` is not larger than `b`"; 1 where a sample has fewer than two values
 */
export function welchGreater(a: SampleMoments, b: SampleMoments): number {
  if (a.count < 2 || b.count < 2) return 1;
  const va = a.squares / (a.count - 1) / a.count;
  const vb = b.squares / (b.count - 1) / b.count;
  const difference = a.mean - b.mean;
  if (va + vb === 0) return difference > 0 ? 0 : 1;
  const degrees = (va + vb) ** 2 / (va ** 2 / (a.count - 1) + vb ** 2 / (b.count - 1));
  return studentTail(difference / Math.sqrt(va + vb), degrees);
}

/** P(T > t) of Student's distribution. */
export function studentTail(t: number, degrees: number): number {
  const half = 0.5 * incompleteBeta(degrees / 2, 0.5, degrees / (degrees + t * t));
  return t >= 0 ? half : 1 - half;
}

/** Regularised incomplete beta function by its continued fraction (DLMF 8.17.22), evaluated after Lentz. */
function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) / a;
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / avoidZero(1 - ((a + b) * x) / (a + 1), tiny);
  let fraction = d;
  for (let m = 1; m <= 200; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / avoidZero(1 + even * d, tiny);
    c = avoidZero(1 + even / c, tiny);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / avoidZero(1 + odd * d, tiny);
    c = avoidZero(1 + odd / c, tiny);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-12) break;
  }
  return front * fraction;
}

function avoidZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Lanczos approximation (g = 7, 9 terms), relative error below 1e-14 for positive arguments. */
function logGamma(z: number): number {
  if (z < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * z)) - logGamma(1 - z);
  const x = z - 1;
  let sum = 0.999_999_999_999_809_93;
  LANCZOS.forEach((term, index) => {
    sum += term / (x + index + 1);
  });
  const t = x + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(t) - t + Math.log(sum);
}

const LANCZOS = [
  676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_13, -176.615_029_162_140_6,
  12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6, 1.505_632_735_149_311_6e-7,
];
