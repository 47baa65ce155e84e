import { describe, expect, test } from 'vitest';
import { seededDraws } from '../../../../bench/detection/random.ts';
import {
  expectedDelaySeconds,
  LatencyDetector,
  type LatencyDetectorState,
  type LatencyDeviation,
  TICK_MS,
} from '../../../../src/alerts/anomaly/latency-detector.ts';
import { verifies } from '../../../support/verifies.ts';

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

interface Phase {
  readonly minutes: number;
  readonly median: number;
  /** Share of requests that take ten times as long. */
  readonly slowShare?: number;
}

/** Plays phases at 2 requests/s and notes what the detector says at each tick. */
function play(phases: readonly Phase[], detector = new LatencyDetector(), seed = 7) {
  const draws = seededDraws(seed);
  const said: { minute: number; deviation: LatencyDeviation | undefined }[] = [];
  let now = START;
  for (const { minutes, median, slowShare = 0 } of phases) {
    for (const end = now + minutes * MINUTE; now < end; ) {
      now += TICK_MS;
      for (let request = 0; request < 10; request += 1) {
        const slow = draws.uniform() < slowShare ? 10 : 1;
        detector.record(median * slow * Math.exp(0.5 * draws.normal()));
      }
      said.push({ minute: (now - START) / MINUTE, deviation: detector.tick(now) });
    }
  }
  const alarms = said.filter(({ deviation }) => deviation !== undefined);
  return { detector, said, alarms, now };
}

describe('the latency detector', () => {
  test('is silent about traffic that stays as it is', () => {
    expect(play([{ minutes: 240, median: 0.05 }]).alarms).toEqual([]);
  });

  test('reports a doubling within seconds, with what was expected and what is seen, and the end of it', () => {
    verifies('ALR-06');
    const { alarms, said } = play([
      { minutes: 40, median: 0.05 },
      { minutes: 10, median: 0.1 },
      { minutes: 20, median: 0.05 },
    ]);
    const first = alarms[0];
    expect(first?.deviation?.channel).toBe('level');
    expect(first?.minute).toBeLessThan(41);
    expect(alarms.every(({ minute }) => minute > 40 && minute < 51.5)).toBe(true);
    const late = said.find(({ minute }) => minute >= 49)?.deviation;
    expect(late?.expected).toBeCloseTo(0.05, 2);
    expect(late?.observed).toBeGreaterThan(0.09);
    expect(late?.observed).toBeLessThan(0.11);
    expect(late?.since).toBeGreaterThan(START + 39.5 * MINUTE);
    expect(said.at(-1)?.deviation).toBeUndefined();
  });

  test('reports trouble of the slowest requests that leaves the median alone', () => {
    const { alarms } = play([
      { minutes: 40, median: 0.05 },
      { minutes: 10, median: 0.05, slowShare: 0.15 },
    ]);
    expect(alarms[0]?.deviation?.channel).toBe('tail');
    expect(alarms[0]?.minute).toBeLessThan(45);
  });

  test('accepts a new level after a quarter of an hour and judges by it from then on', () => {
    const { said } = play([
      { minutes: 40, median: 0.05 },
      { minutes: 60, median: 0.1 },
      { minutes: 5, median: 0.25 },
    ]);
    const standing = said.filter(({ minute, deviation }) => minute <= 100 && deviation !== undefined);
    expect(standing.at(-1)?.minute).toBeLessThan(57);
    const last = said.at(-1)?.deviation;
    expect(last?.expected).toBeGreaterThan(0.09);
    expect(last?.expected).toBeLessThan(0.11);
  });

  test('says nothing before it has learned: 100 requests over three minutes', () => {
    const { alarms, detector } = play([
      { minutes: 1, median: 0.05 },
      { minutes: 1, median: 5 },
    ]);
    expect(alarms).toEqual([]);
    expect(detector.baseline).toBeUndefined();
  });

  test('judges from the first minute after a restart by what it had learned before', () => {
    const learned = play([{ minutes: 40, median: 0.05 }]).detector.state();
    const state = JSON.parse(JSON.stringify(learned)) as LatencyDetectorState;
    const { alarms } = play([{ minutes: 2, median: 0.15 }], new LatencyDetector(state));
    expect(alarms[0]?.minute).toBeLessThan(1);
  });

  test('is not led astray by hours without traffic, or by a clock that goes back', () => {
    const { detector, now } = play([{ minutes: 40, median: 0.05 }]);
    expect(detector.tick(now + 10 * 60 * MINUTE)).toBeUndefined();
    expect(detector.tick(now - 5 * MINUTE)).toBeUndefined();
    expect(play([{ minutes: 30, median: 0.05 }], detector, 8).alarms).toEqual([]);
  });

  test('passes over latencies that are none', () => {
    const detector = new LatencyDetector();
    for (const value of [Number.NaN, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) detector.record(value);
    expect(detector.tick(START)).toBeUndefined();
  });

  test('tells how long a doubling takes to be seen at little traffic', () => {
    expect(expectedDelaySeconds(2, 10, 0.7)).toBe(10);
    expect(expectedDelaySeconds(2, 2, 0.7)).toBeCloseTo(15, 0);
    expect(expectedDelaySeconds(2, 0.1, 0.7)).toBeCloseTo(296, 0);
    expect(expectedDelaySeconds(1.2, 10, 0.7)).toBe(Number.POSITIVE_INFINITY);
  });
});
