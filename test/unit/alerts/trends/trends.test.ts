import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testTrend } from '../../../../src/alerts/trends/mann-kendall.ts';
import { assessTrends } from '../../../../src/alerts/trends/trends.ts';
import { verifies } from '../../../support/verifies.ts';

/** Reproducible normal values (mulberry32, Box-Muller). */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

function series(seed: number, slope: number, phi = 0): number[] {
  const normal = normals(seed);
  let noise = 0;
  return Array.from({ length: 60 }, (_, minute) => {
    noise = phi * noise + normal();
    return 100 + slope * minute + noise;
  });
}

function verdicts(p: string, of: (seed: number) => readonly number[]): number {
  const seeds = Array.from({ length: 300 }, (_, n) => n + 1);
  return seeds.filter((seed) => (testTrend(of(seed))?.pValue ?? 1) < Number(p)).length / seeds.length;
}

describe('trends', () => {
  test('say the direction, the size per hour and the evidence', () => {
    verifies('DSH-06');
    const steady = Array.from({ length: 60 }, () => 5);
    const [p95, rate, errors, memory] = assessTrends({
      p95: series(1, 0.5).map((value) => value / 1000),
      rate: series(2, -0.5),
      errors: steady.map(() => 0.01),
      memory: [1, 2, 3],
    });

    expect(p95).toMatchObject({ direction: 'rising', minutes: 60 });
    expect(p95?.perHour).toBeCloseTo(0.03, 2);
    expect(p95?.evidence).toMatch(/ms, \+\S+ ms an hour, Mann-Kendall p below 0.001 over 60 minutes$/);
    expect(rate).toMatchObject({ direction: 'falling' });
    expect(errors).toMatchObject({ direction: 'steady' });
    expect(memory).toMatchObject({ direction: 'unknown', evidence: '3 minutes with figures; a trend takes 10' });
  });

  test('are hardly ever seen where there is none, also where neighbouring minutes resemble each other', () => {
    verifies('DSH-06');
    expect(verdicts('0.01', (seed) => series(seed, 0))).toBeLessThan(0.03);
    expect(verdicts('0.01', (seed) => series(seed, 0, 0.5))).toBeLessThan(0.06);
  });

  test('are found where a figure drifts by three standard deviations in an hour', () => {
    verifies('DSH-06');
    expect(verdicts('0.01', (seed) => series(seed, 0.05))).toBeGreaterThan(0.95);
  });

  test('have the median of all pairwise slopes as their size, whatever is missing in between', () => {
    const value = fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: -1000, max: 1000 }) },
      { weight: 1, arbitrary: fc.constant(Number.NaN) },
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 5, maxLength: 40 }), (values) => {
        const found = testTrend(values);
        const slopes = values
          .flatMap((a, i) => values.slice(i + 1).map((b, j) => (b - a) / (j + 1)))
          .filter((slope) => !Number.isNaN(slope))
          .sort((a, b) => a - b);
        if (values.filter((one) => !Number.isNaN(one)).length < 10) return found === undefined;
        const middle = slopes.length / 2;
        const median =
          slopes.length % 2 === 1 ? slopes[Math.floor(middle)]! : (slopes[middle - 1]! + slopes[middle]!) / 2;
        return Math.abs(found!.slope - median) < 1e-9 && found!.pValue >= 0 && found!.pValue <= 1;
      }),
    );
  });
});
