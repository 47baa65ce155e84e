import { type Exemplar, ExplicitHistogram } from '../core/explicit-histogram.ts';
import { createLatencyWindow, type LatencyWindow } from '../core/latency-window.ts';
import type { ConnectionKind } from './connection-kind.ts';
import type { Outcome } from './operation.ts';

/** Which attribute holds the name of what the operation addresses. */
export type TargetKind = 'tool' | 'prompt' | undefined;

/** Methods whose operations are told apart by the tool or prompt they address. */
const TARGET_KINDS: Readonly<Record<string, Exclude<TargetKind, undefined>>> = {
  'tools/call': 'tool',
  'prompts/get': 'prompt',
};

export function targetKindOf(method: string): TargetKind {
  return Object.hasOwn(TARGET_KINDS, method) ? TARGET_KINDS[method] : undefined;
}

/** One point of an operation-duration histogram: an attribute combination and its buckets. */
export interface DurationSeries {
  readonly kind: ConnectionKind;
  readonly errorType: string;
  readonly statusCode: string;
  readonly histogram: ExplicitHistogram;
}

export interface TallyOptions {
  readonly boundaries: readonly number[];
  readonly windowMs: number;
  /** Instead of a window of that length. */
  readonly window?: LatencyWindow;
  /** Whether the boundaries are not settled yet. */
  readonly movable?: boolean;
}

/** What server and client side record alike about one operation, resolved once and then only added to. */
export class OperationTally {
  readonly method: string;
  readonly targetKind: TargetKind;
  readonly target: string | undefined;
  /** `tools/call kb.hybrid_search`, `tools/list`: also the span name. */
  readonly name: string;
  readonly series: DurationSeries[] = [];
  readonly errorTypes: Map<string, number> = new Map();
  readonly window: LatencyWindow;
  count = 0;
  errors = 0;
  active = 0;
  peak = 0;
  #boundaries: readonly number[];
  #movable: boolean;
  #last: DurationSeries | undefined;

  constructor(method: string, targetKind: TargetKind, target: string | undefined, options: TallyOptions) {
    this.method = method;
    this.targetKind = targetKind;
    this.target = target;
    this.name = target === undefined ? method : `${method} ${target}`;
    this.window = options.window ?? createLatencyWindow({ windowMs: options.windowMs });
    this.#boundaries = options.boundaries;
    this.#movable = options.movable ?? false;
  }

  /** Settles the boundaries; answers how many values went by their bucket (see `ExplicitHistogram.moveTo`). */
  moveTo(boundaries: readonly number[]): number {
    this.#boundaries = boundaries;
    this.#movable = false;
    return this.series.reduce((sum, { histogram }) => sum + histogram.moveTo(boundaries), 0);
  }

  started(): void {
    this.active += 1;
    if (this.active > this.peak) this.peak = this.active;
  }

  /** Adds a finished operation of that many seconds. */
  add(kind: ConnectionKind, outcome: Outcome, seconds: number, nowMs: number): void {
    this.count += 1;
    if (outcome.errorType !== '') {
      this.errors += 1;
      this.errorTypes.set(outcome.errorType, (this.errorTypes.get(outcome.errorType) ?? 0) + 1);
    }
    this.#seriesFor(kind, outcome).histogram.record(seconds);
    this.window.record(seconds, nowMs, outcome.errorType !== '');
  }

  /** Keeps an operation that was added as an exemplar of its bucket: its trace is exported. */
  exemplify(kind: ConnectionKind, outcome: Outcome, exemplar: Exemplar): void {
    this.#seriesFor(kind, outcome).histogram.exemplify(exemplar);
  }

  #seriesFor(kind: ConnectionKind, outcome: Outcome): DurationSeries {
    const last = this.#last;
    if (last !== undefined && matches(last, kind, outcome)) return last;
    let series = this.series.find((candidate) => matches(candidate, kind, outcome));
    if (series === undefined) {
      const { errorType, statusCode } = outcome;
      series = {
        kind,
        errorType,
        statusCode,
        histogram: new ExplicitHistogram(this.#boundaries, { movable: this.#movable }),
      };
      this.series.push(series);
    }
    this.#last = series;
    return series;
  }
}

function matches(series: DurationSeries, kind: ConnectionKind, outcome: Outcome): boolean {
  return series.kind === kind && series.errorType === outcome.errorType && series.statusCode === outcome.statusCode;
}
