import type { Finding } from '../../core/model/health.ts';
import { figureText } from '../figure-text.ts';
import type { GaugeDeviation } from './gauge-detector.ts';
import type { LatencyChannel, LatencyDeviation } from './latency-detector.ts';

const WHAT: Readonly<Record<LatencyChannel, string>> = {
  level: 'median',
  tail: 'P95',
  ramp: 'median of the last 10 minutes',
};

/** A latency alarm in words and figures. */
export function describeLatencyDeviation(deviation: LatencyDeviation, subject: string): Finding {
  const { channel, since, expected, observed, requests } = deviation;
  const evidence = `${WHAT[channel]} ${milliseconds(observed)} over ${requests} requests, normally ${milliseconds(expected)}`;
  return { kind: 'anomaly', subject, channel, since, until: undefined, expected, observed, evidence };
}

/** What a figure is given in, and how far apart its points are. */
export interface GaugeUnits {
  /** UCUM unit, `%` for shares. @default '' */
  readonly unit?: string;
  /** Seconds; where unknown a mean is said to be of so many points. */
  readonly pointSeconds?: number;
}

/** A deviation of a figure in words; it is a moment, not a stretch of time. */
export function describeGaugeDeviation(
  { expected, observed, over, score }: GaugeDeviation,
  subject: string,
  timeMs: number,
  { unit = '', pointSeconds }: GaugeUnits = {},
): Finding {
  const length = pointSeconds === undefined ? `${over} points` : `${(over * pointSeconds) / 60} min`;
  const what = over === 1 && pointSeconds === undefined ? 'value' : `mean of ${length}`;
  const distance = Number.isFinite(score) && score < 1000 ? `${score.toFixed(1)} times` : 'many times';
  const evidence =
    `${what} ${figureText(observed, unit)}, normally around ${figureText(expected, unit)}: ` +
    `${distance} as far from that as 99 % of the past`;
  return { kind: 'anomaly', subject, channel: 'gauge', since: timeMs, until: timeMs, expected, observed, evidence };
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toPrecision(3)} ms`;
}
