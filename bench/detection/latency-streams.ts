import { expectedDelaySeconds, LatencyDetector } from '../../src/alerts/anomaly/latency-detector.ts';
import { endProgress, showProgress } from '../support/progress.ts';
import { table } from '../support/table.ts';
import { type AlertStretch, addToScore, type DetectionScore, emptyScore } from './score-alerts.ts';
import type { Section } from './section.ts';
import { DAY, playStream, SCENARIOS, type StreamOptions } from './service-streams.ts';
import { TwoSigma } from './two-sigma.ts';

const RATES = [0.5, 2, 10] as const;
export const SERVICES = [
  { spread: 0.4, medianSeconds: 0.03 },
  { spread: 0.7, medianSeconds: 0.2 },
  { spread: 1, medianSeconds: 1.5 },
] as const;
const SEEDS = [1, 2, 3, 4] as const;
const TICK_SECONDS = 5;

/** Plays a stream to a detector and notes when its alarm stood. */
type Detector = (stream: StreamOptions) => readonly AlertStretch[];

/** Turns "does it alarm at this second" into stretches. */
function collect(
  stream: StreamOptions,
  record: (s: number) => void,
  judge: (second: number) => boolean,
): AlertStretch[] {
  const alerts: { from: number; to: number }[] = [];
  let standing: { from: number; to: number } | undefined;
  playStream(stream, record, (second) => {
    const isAlarming = judge(second);
    if (isAlarming && standing === undefined) {
      standing = { from: second, to: DAY };
      alerts.push(standing);
    } else if (!isAlarming && standing !== undefined) {
      standing.to = second;
      standing = undefined;
    }
  });
  return alerts;
}

export const DETECTORS = {
  'mcp-vitals': (stream) => {
    const detector = new LatencyDetector();
    const judge = (second: number): boolean => detector.tick(second * 1000) !== undefined;
    return collect(stream, (seconds) => detector.record(seconds), judge);
  },
  'two sigma': (stream) => {
    const detector = new TwoSigma();
    let sum = 0;
    let count = 0;
    let isAlarming = false;
    const record = (seconds: number): void => {
      sum += seconds;
      count += 1;
    };
    return collect(stream, record, (second) => {
      if (second % 10 !== 0) return isAlarming;
      isAlarming = count > 0 && detector.add(sum / count);
      sum = 0;
      count = 0;
      return isAlarming;
    });
  },
} as const satisfies Readonly<Record<string, Detector>>;

/**
 * Plays every scenario at a rate, with every service and seed, and adds up what came of it.
 *
 * @param services which of the services take part in the scenario of that number
 */
export function scoreStreams(
  detect: Detector,
  ratePerSecond: number,
  seeds: readonly number[],
  services: (scenario: number) => readonly (typeof SERVICES)[number][] = () => SERVICES,
): DetectionScore {
  const score = emptyScore();
  for (const [index, scenario] of SCENARIOS.entries()) {
    showProgress(`${ratePerSecond} requests/s: ${scenario.name}`);
    for (const seed of seeds) {
      for (const service of services(index)) {
        // Every scenario has a noise of its own: the same one would count the same false alert eleven times.
        const stream = { ...service, scenario, seed: seed * 1000 + index * 100 + service.spread * 10, ratePerSecond };
        const ticks = { count: DAY / TICK_SECONDS, seconds: TICK_SECONDS };
        addToScore(score, detect(stream), scenario.disturbances, ticks);
      }
    }
  }
  return score;
}

function quantile(values: readonly number[], q: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  return value === undefined ? '-' : Number.isFinite(value) ? value.toFixed(0) : 'missed';
}

function percent(part: number, whole: number, digits: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(digits)} %`;
}

function rowOf(name: string, rate: number, score: DetectionScore): string[] {
  return [
    name,
    String(rate),
    percent(score.detected, score.events, 1),
    percent(score.trueAlerts, score.alerts, 1),
    percent(score.falseTicks, score.normalTicks, 3),
    ((score.alerts - score.trueAlerts) / score.streams).toFixed(2),
    quantile(score.doublingDelays, 0.5),
    quantile(score.doublingDelays, 0.9),
  ];
}

/** Latency of services: eleven scenarios over a day, three spreads each, at three rates; beside the plain two-sigma method. */
export const latencyStreams: Section = {
  title: `Latency of ${SCENARIOS.length} seeded services over 24 h (delay: seconds from a doubling to the alert)`,
  run(quick) {
    const seeds = quick ? SEEDS.slice(0, 1) : SEEDS;
    const rows = [['method', 'per s', 'recall', 'precision', 'false points', 'false/day', 'delay p50', 'p90']];
    for (const [name, detect] of Object.entries(DETECTORS)) {
      for (const rate of RATES) {
        rows.push(rowOf(name, rate, scoreStreams(detect, rate, seeds)));
      }
    }
    endProgress();
    const delays = [0.1, 0.5, 2, 10].map((rate) => `${rate}/s: ${expectedDelaySeconds(2, rate, 0.7).toFixed(0)} s`);
    return [...table(rows), `What the arithmetic promises for a doubling at a spread of 0.7: ${delays.join(', ')}.`];
  },
};
