import type { Finding } from '../../core/model/health.ts';
import { type LatencyBaselineState, RegressionWatch } from '../regression/regression-watch.ts';
import { describeGaugeDeviation, describeLatencyDeviation, type GaugeUnits } from './evidence.ts';
import { GaugeDetector } from './gauge-detector.ts';
import { BUCKETS, type LatencyChannel, LatencyDetector, type LatencyDetectorState } from './latency-detector.ts';

/** Ended findings that are remembered. */
const MAX_HISTORY = 100;
/** Operations in the state, those that have not been called since the start included: names come and go over versions. */
const MAX_REMEMBERED = 400;

/** What of one operation survives a restart. */
export interface OperationWatchState {
  readonly detector: LatencyDetectorState | undefined;
  readonly baseline: LatencyBaselineState;
}

/** What survives a restart, by operation. */
export interface AnomalyState {
  readonly version: string | undefined;
  readonly operations: Readonly<Record<string, OperationWatchState>>;
}

export interface AnomalyMonitorOptions {
  /** `service.version`: another one than before marks a deploy. */
  readonly version: string | undefined;
  /** Wall-clock milliseconds. */
  readonly nowMs: number;
  readonly saved?: AnomalyState | undefined;
}

/** How one operation stands, for gauges and rules. */
export interface OperationStanding {
  readonly operation: string;
  /** `undefined` while nothing is unusual. */
  readonly channel: LatencyChannel | undefined;
  /** P95 of the baseline in seconds. */
  readonly baselineSeconds: number | undefined;
}

interface OperationWatch {
  readonly detector: LatencyDetector;
  readonly regression: RegressionWatch;
  channel: LatencyChannel | undefined;
}

/** Watches the latency of every operation and some figures of the process. Bounded by the operations there are. */
export class AnomalyMonitor {
  readonly #options: AnomalyMonitorOptions;
  readonly #operations = new Map<string, OperationWatch>();
  readonly #gauges = new Map<string, GaugeDetector>();
  readonly #standing = new Map<string, Finding>();
  readonly #ended: Finding[] = [];

  constructor(options: AnomalyMonitorOptions) {
    this.#options = options;
    const { saved, version, nowMs } = options;
    if (saved !== undefined && saved.version !== version) this.#remember(deployFinding(saved.version, version, nowMs));
  }

  /** Takes the latencies of an operation's successes; failures are fast or slow for reasons of their own. */
  detectorOf(operation: string): Pick<LatencyDetector, 'record'> {
    return (this.#operations.get(operation) ?? this.#watch(operation)).detector;
  }

  /** Evaluates every operation; to be called every 5 s. */
  tick(nowMs: number): void {
    for (const [operation, watch] of this.#operations) {
      const deviation = watch.detector.tick(nowMs);
      watch.channel = deviation?.channel;
      const anomaly = deviation === undefined ? undefined : describeLatencyDeviation(deviation, operation);
      this.#settle(`anomaly ${operation}`, anomaly, nowMs);
      this.#settle(`regression ${operation}`, watch.regression.finding, nowMs);
    }
  }

  /** Judges one figure of the process, such as the mean of the last minute of memory in use. */
  recordGauge(name: string, value: number, nowMs: number, units: GaugeUnits = {}): void {
    let detector = this.#gauges.get(name);
    if (detector === undefined) {
      detector = new GaugeDetector();
      this.#gauges.set(name, detector);
    }
    const deviation = detector.add(value);
    if (deviation !== undefined) this.#remember(describeGaugeDeviation(deviation, name, nowMs, units));
  }

  /** What is unusual now, then what was, the newest first. */
  findings(): readonly Finding[] {
    return [...this.#standing.values(), ...[...this.#ended].reverse()];
  }

  operations(): readonly OperationStanding[] {
    return [...this.#operations].map(([operation, { channel, regression }]) => ({
      operation,
      channel,
      baselineSeconds: regression.baselineSeconds,
    }));
  }

  /** Whether there is anything that is worth keeping over a restart. */
  get hasLearned(): boolean {
    for (const { detector } of this.#operations.values()) if (detector.baseline !== undefined) return true;
    return false;
  }

  state(): AnomalyState {
    const entries = [...this.#operations].map(
      ([operation, { detector, regression }]) =>
        [operation, { detector: detector.state(), baseline: regression.state() }] as const,
    );
    // What has not been called since the start keeps what is known of it.
    const unseen = Object.entries(this.#options.saved?.operations ?? {})
      .filter(([name]) => !this.#operations.has(name))
      .sort(([, a], [, b]) => lastHour(b) - lastHour(a))
      .slice(0, Math.max(0, MAX_REMEMBERED - entries.length));
    return { version: this.#options.version, operations: Object.fromEntries([...unseen, ...entries]) };
  }

  #watch(operation: string): OperationWatch {
    const { version, nowMs, saved } = this.#options;
    const known = saved?.operations[operation];
    const regression = new RegressionWatch(operation, { buckets: BUCKETS, version, nowMs, saved: known?.baseline });
    const detector = new LatencyDetector(known?.detector, (requests, at) => regression.add(requests, at));
    const watch: OperationWatch = { detector, regression, channel: undefined };
    this.#operations.set(operation, watch);
    return watch;
  }

  #settle(key: string, finding: Finding | undefined, nowMs: number): void {
    const standing = this.#standing.get(key);
    if (finding !== undefined) {
      this.#standing.set(key, finding);
    } else if (standing !== undefined) {
      this.#standing.delete(key);
      this.#remember({ ...standing, until: nowMs });
    }
  }

  #remember(finding: Finding): void {
    this.#ended.push(finding);
    if (this.#ended.length > MAX_HISTORY) this.#ended.shift();
  }
}

/** The hour an operation was last learned about, to tell what is gone for good. */
function lastHour({ detector }: OperationWatchState): number {
  return detector?.hours.at(-1)?.[0] ?? 0;
}

function deployFinding(before: string | undefined, after: string | undefined, nowMs: number): Finding {
  return {
    kind: 'deploy',
    subject: 'service',
    channel: 'version',
    since: nowMs,
    until: nowMs,
    expected: undefined,
    observed: undefined,
    evidence: `version ${after ?? 'unknown'} after ${before ?? 'unknown'}`,
  };
}
