import { AnomalyMonitor } from '../alerts/anomaly/anomaly-monitor.ts';
import { TICK_MS } from '../alerts/anomaly/latency-detector.ts';
import { StateFile } from '../alerts/anomaly/state-file.ts';
import type { VitalsConfig } from '../config/index.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import type { ProcessSnapshot, Snapshot } from '../core/model/snapshot.ts';
import { defaultPrivateDirectory } from '../core/private-directory.ts';
import type { OperationTally } from '../mcp/operation-tally.ts';
import { METRIC_ANOMALY_ACTIVE, METRIC_BASELINE_RATIO } from '../semconv/judgement-streams.ts';
import { EntrySlot } from './entry-slot.ts';
import type { Part } from './part.ts';
import { identityOf } from './recorder-series.ts';
import type { SeriesPoint } from './series-producer.ts';

/** Figures without counts are judged as means of a minute: what happens within one is not their matter. */
const GAUGE_TICKS = 60_000 / TICK_MS;
const UNITS: Readonly<Record<string, string>> = { 'process memory': 'By', 'process cpu': '%', 'event loop delay': 's' };
const SAVE_TICKS = 300_000 / TICK_MS;
const FOLDER = 'state';
/** With fewer requests in the window a P95 of twice the baseline is chance often enough to wake somebody: its standard error is a fifth at 50. */
const FEWEST_FOR_RATIO = 50;

export interface AnomalyPartOptions {
  readonly config: VitalsConfig;
  readonly clock: Clock;
  readonly diag: Diag;
  readonly service: Snapshot['service'];
  /** Figures of the process, where they are sampled. */
  readonly processFigures: () => ProcessSnapshot | undefined;
}

/** What is unusual, per operation and for the process; learned over restarts. */
export function createAnomalyPart({ config, clock, diag, service, processFigures }: AnomalyPartOptions): Part {
  const wallTime = (): number => clock.timeOrigin + clock.now();
  const dir = config.state.dir ?? defaultPrivateDirectory(FOLDER);
  const file = new StateFile(dir, service.name, (message) => diag.warn('anomaly.state', message));
  const { version } = service;
  const monitor = new AnomalyMonitor({ version, nowMs: wallTime(), saved: file.read() });
  const gauges = new MinuteMeans(processFigures);
  const entries = new Map<string, OperationTally>();
  const detectors = new EntrySlot((entry) => {
    entries.set(entry.name, entry);
    return monitor.detectorOf(entry.name);
  });
  let timer: Timer | undefined;
  let ticks = 0;

  const tick = (): void => {
    try {
      const now = wallTime();
      monitor.tick(now);
      gauges.sample();
      ticks += 1;
      if (ticks % GAUGE_TICKS === 0)
        gauges.take((name, mean) => {
          monitor.recordGauge(name, mean, now, { unit: UNITS[name] ?? '', pointSeconds: 60 });
        });
      if (ticks % SAVE_TICKS === 0 && monitor.hasLearned) void file.write(monitor.state());
    } catch (error) {
      diag.warn('anomaly', `anomalies could not be looked for: ${String(error)}`);
    }
  };

  const save = (): void => {
    if (monitor.hasLearned) file.writeSync(monitor.state());
  };

  const points = (figureOf: (standing: ReturnType<AnomalyMonitor['operations']>[number]) => number | undefined) =>
    monitor.operations().flatMap((standing): SeriesPoint[] => {
      const entry = entries.get(standing.operation);
      const value = figureOf(standing);
      return entry === undefined || value === undefined ? [] : [{ attributes: identityOf(entry), value }];
    });
  const ratioOf = ({ operation, baselineSeconds }: { operation: string; baselineSeconds: number | undefined }) => {
    const latency = entries.get(operation)?.window.summary(clock.now());
    const p95 = latency?.quantiles.find(({ quantile }) => quantile === 0.95);
    if (p95?.seconds === undefined || p95.samples < FEWEST_FOR_RATIO || baselineSeconds === undefined) return undefined;
    return p95.seconds / baselineSeconds;
  };

  return {
    series: () => [
      { stream: METRIC_ANOMALY_ACTIVE, points: points(({ channel }) => (channel === undefined ? 0 : 1)) },
      { stream: METRIC_BASELINE_RATIO, points: points(ratioOf) },
    ],
    snapshot: () => ({ findings: monitor.findings() }),
    onFinished(operation, entry) {
      if (operation.requestId === undefined || operation.outcome.errorType !== '') return undefined;
      detectors.of(entry).record(operation.durationMs / 1000);
      return undefined;
    },
    start() {
      timer ??= clock.every(TICK_MS, tick);
    },
    ending: save,
    stop() {
      if (timer === undefined) return;
      timer.stop();
      timer = undefined;
      save();
    },
  };
}

/** Means of the figures of the process over the samples since the last `take`. */
class MinuteMeans {
  readonly #figures: () => ProcessSnapshot | undefined;
  readonly #sums = new Map<string, { sum: number; count: number }>();

  constructor(figures: () => ProcessSnapshot | undefined) {
    this.#figures = figures;
  }

  sample(): void {
    const now = this.#figures();
    this.#add('process memory', now?.residentBytes);
    this.#add('process cpu', now?.cpuUtilization);
    this.#add('event loop delay', now?.eventLoopDelayP99Seconds);
  }

  take(give: (name: string, mean: number) => void): void {
    for (const [name, { sum, count }] of this.#sums) give(name, sum / count);
    this.#sums.clear();
  }

  #add(name: string, value: number | undefined): void {
    if (value === undefined) return;
    const { sum, count } = this.#sums.get(name) ?? { sum: 0, count: 0 };
    this.#sums.set(name, { sum: sum + value, count: count + 1 });
  }
}
