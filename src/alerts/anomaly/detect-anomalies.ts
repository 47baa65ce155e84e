import type { Finding } from '../../core/model/health.ts';
import { describeGaugeDeviation, describeLatencyDeviation } from './evidence.ts';
import { GaugeDetector } from './gauge-detector.ts';
import { LatencyDetector, TICK_MS } from './latency-detector.ts';

/** One row of a recorded series. */
export interface SeriesRow {
  /** Milliseconds, of any origin; rows in order of time. */
  readonly timeMs: number;
  /** Seconds of one request, or the figure at that time. */
  readonly value: number;
}

/** What a series holds: the latencies of single requests, or one figure at regular times. */
export type SeriesKind = 'latency' | 'gauge';

export interface DetectAnomaliesOptions {
  /** Default: told from the series, see {@link kindOfSeries}. */
  readonly kind?: SeriesKind | undefined;
  /** Stands in the findings, default `series`. */
  readonly subject?: string | undefined;
}

/** What is unusual in a series. */
export interface AnomalyReport {
  readonly kind: SeriesKind;
  readonly rows: number;
  /** Rows that could not be judged: not a finite number, or a negative latency. */
  readonly rejected: number;
  readonly findings: readonly Finding[];
  /** Index of the row at which each finding was raised. */
  readonly raisedAt: readonly number[];
}

/** Fewer rows than this say nothing about how regular they are. */
const FEWEST_ROWS = 10;

/**
 * Runs the detectors of the product over a recorded series, exactly as they run over a live one: each row is judged by what
 * came before it only. One configuration for every series; there is nothing to tune.
 *
 * `latency` needs 100 requests over three minutes before it judges and is evaluated every 5 s of the series' own time; `gauge`
 * judges every row from the 101st on.
 *
 * @param series rows in order of time; a row that is older than the one before it counts as of the same time
 */
export function detectAnomalies(series: readonly SeriesRow[], options: DetectAnomaliesOptions = {}): AnomalyReport {
  const kind = options.kind ?? kindOfSeries(series);
  const subject = options.subject ?? 'series';
  return kind === 'gauge' ? detectInGauge(series, subject) : detectInLatency(series, subject);
}

/**
 * Tells what a series holds: figures come at regular times (at least 90 % of the distances within 10 % of their median), and
 * requests as they please. Requests of a load generator are regular, too: rows that come closer than every 5 s and are all above zero
 * are latencies; name the kind where that is wrong.
 */
export function kindOfSeries(series: readonly SeriesRow[]): SeriesKind {
  if (series.length < FEWEST_ROWS) return 'latency';
  const distances = series.slice(1).map(({ timeMs }, index) => timeMs - (series[index] as SeriesRow).timeMs);
  const median = [...distances].sort((a, b) => a - b)[distances.length >> 1] as number;
  const regular = distances.filter((distance) => Math.abs(distance - median) <= 0.1 * median).length;
  if (!(median > 0) || regular < 0.9 * distances.length) return 'latency';
  return median < TICK_MS && series.every(({ value }) => value > 0) ? 'latency' : 'gauge';
}

function detectInGauge(series: readonly SeriesRow[], subject: string): AnomalyReport {
  const detector = new GaugeDetector();
  const findings: Finding[] = [];
  const raisedAt: number[] = [];
  let rejected = 0;
  series.forEach(({ timeMs, value }, index) => {
    if (!Number.isFinite(value)) rejected += 1;
    const deviation = detector.add(value);
    if (deviation === undefined) return;
    raisedAt.push(index);
    findings.push(describeGaugeDeviation(deviation, subject, timeMs));
  });
  return { kind: 'gauge', rows: series.length, rejected, findings, raisedAt };
}

function detectInLatency(series: readonly SeriesRow[], subject: string): AnomalyReport {
  const detector = new LatencyDetector();
  const findings: Finding[] = [];
  const raisedAt: number[] = [];
  let rejected = 0;
  let tickAt = Math.ceil((series[0]?.timeMs ?? 0) / TICK_MS) * TICK_MS;
  let standing = false;

  const tick = (nowMs: number, index: number): void => {
    const deviation = detector.tick(nowMs);
    if (deviation === undefined) {
      if (standing) close(findings, nowMs);
    } else if (standing) {
      findings[findings.length - 1] = describeLatencyDeviation(deviation, subject);
    } else {
      raisedAt.push(index);
      findings.push(describeLatencyDeviation(deviation, subject));
    }
    standing = deviation !== undefined;
  };

  series.forEach(({ timeMs, value }, index) => {
    // A long gap is skipped: nothing happens in ticks without requests, and a file may span years.
    if (timeMs - tickAt > 1000 * TICK_MS) tickAt = Math.floor(timeMs / TICK_MS) * TICK_MS;
    for (; timeMs >= tickAt; tickAt += TICK_MS) tick(tickAt, index);
    if (value >= 0 && Number.isFinite(value)) detector.record(value);
    else rejected += 1;
  });
  if (series.length > 0) tick(tickAt, series.length - 1);
  return { kind: 'latency', rows: series.length, rejected, findings, raisedAt };
}

function close(findings: Finding[], nowMs: number): void {
  const last = findings.at(-1);
  if (last !== undefined) findings[findings.length - 1] = { ...last, until: nowMs };
}
