import type { Finding } from '../../core/model/health.ts';
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

/** A deviation of a figure in words; it is a moment, not a stretch of time. */
export function describeGaugeDeviation(deviation: GaugeDeviation, subject: string, timeMs: number): Finding {
  const { expected, observed, over, score } = deviation;
  const what = over === 1 ? 'value' : `mean of ${over} points`;
  const distance = Number.isFinite(score) && score < 1000 ? `${score.toFixed(1)} times` : 'far';
  const evidence = `${what} ${plain(observed)}, normally around ${plain(expected)}: ${distance} beyond what 99 % of the past showed`;
  return { kind: 'anomaly', subject, channel: 'gauge', since: timeMs, until: timeMs, expected, observed, evidence };
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toPrecision(3)} ms`;
}

function plain(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
