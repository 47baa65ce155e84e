import { describe, expect, test } from 'vitest';
import { type LoadSample, recommendScaling } from '../../../../src/alerts/scaling/recommend-scaling.ts';
import { verifies } from '../../../support/verifies.ts';

function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 4_294_967_296;
  };
}

/** One server with Poisson arrivals and exponential service: busy share and throughput of each interval, and its mean time in system. */
function simulate(ratesPerSecond: readonly number[], meanSeconds: number, seed: number, background = 0) {
  const uniform = uniforms(seed);
  const exponential = (mean: number): number => -mean * Math.log(1 - uniform());
  const samples: LoadSample[] = [];
  let [now, free, waited, served] = [0, 0, 0, 0];
  for (const rate of ratesPerSecond) {
    const end = (samples.length + 1) * 10;
    let [busy, count] = [0, 0];
    for (now += exponential(1 / rate); now < end; now += exponential(1 / rate)) {
      const service = exponential(meanSeconds);
      free = Math.max(free, now) + service;
      waited += free - now;
      busy += service;
      count += 1;
      served += 1;
    }
    const utilization = Math.min(1, busy / 10 + background);
    samples.push({ ratePerSecond: count / 10, eventLoopUtilization: utilization, cpuUtilization: utilization * 0.9 });
  }
  return { samples, meanTime: waited / served };
}

describe('the scaling recommendation', () => {
  test.each([1, 2, 3, 4, 5])('finds the capacity of a simulated queue within its stated error (seed %i)', (seed) => {
    verifies('OPT-09');
    // 20 ms of service: a replica saturates at 50 requests a second.
    const { samples } = simulate(
      Array.from({ length: 60 }, (_, n) => 8 + (n % 25)),
      0.02,
      seed,
    );
    const advice = recommendScaling(samples, { ratePerSecond: 20, ratePerHour: 200 })!;

    expect(advice.resource).toBe('event loop');
    expect(Math.abs(advice.saturation / 50 - 1)).toBeLessThan(Math.max(0.05, 3 * advice.error));
    expect(advice.error).toBeLessThan(0.1);
    expect(advice.perReplica).toBeCloseTo(0.7 * advice.saturation, -1);
    // 20/s now, 120/s in half an hour, 35/s for each replica.
    expect(advice).toMatchObject({ predictedPerSecond: 120, replicasNow: 1 });
    expect([3, 4]).toContain(advice.replicas);
    expect(advice.evidence).toContain('utilisation law');
  });

  test('gives each replica a load at which a simulated one keeps up, and one replica fewer would not', () => {
    verifies('OPT-09');
    const learned = simulate(
      Array.from({ length: 60 }, (_, n) => 8 + (n % 25)),
      0.02,
      7,
    ).samples;
    const load = 130;
    const { replicas } = recommendScaling(learned, { ratePerSecond: load })!;
    const timeWith = (count: number): number =>
      simulate(
        Array.from({ length: 120 }, () => load / count),
        0.02,
        8,
      ).meanTime;

    // M/M/1 at 70 % busy: 20 ms / (1 − 0.7) = 67 ms.
    expect(timeWith(replicas)).toBeLessThan(0.09);
    expect(timeWith(Math.floor(replicas / 2))).toBeGreaterThan(1);
  });

  test('keeps what the process does without requests apart from the demand of requests', () => {
    verifies('OPT-09');
    const { samples } = simulate(
      Array.from({ length: 90 }, (_, n) => 2 + (n % 20)),
      0.02,
      9,
      0.2,
    );
    const advice = recommendScaling(samples, { ratePerSecond: 10 })!;
    expect(advice.demandSeconds).toBeGreaterThan(0.017);
    expect(advice.demandSeconds).toBeLessThan(0.023);
    expect(advice.saturation).toBeLessThan(48);
  });

  test('is bounded by a declared concurrency through the law of Little', () => {
    const { samples } = simulate(
      Array.from({ length: 30 }, () => 10),
      0.002,
      3,
    );
    const advice = recommendScaling(samples, { ratePerSecond: 10, concurrency: 5, meanSeconds: 0.5 })!;
    expect(advice).toMatchObject({ resource: 'declared capacity', saturation: 10, replicasNow: 2 });
  });

  test('counts the load of all replicas, and says nothing without load', () => {
    const { samples } = simulate(
      Array.from({ length: 60 }, (_, n) => 8 + (n % 25)),
      0.02,
      1,
    );
    expect(recommendScaling(samples, { ratePerSecond: 20, replicas: 4 })!.ratePerSecond).toBe(80);
    expect(recommendScaling([], { ratePerSecond: 1 })).toBeUndefined();
    expect(recommendScaling(samples, { ratePerSecond: 0 })).toBeUndefined();
  });
});
