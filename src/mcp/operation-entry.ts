import { ExplicitHistogram } from '../core/explicit-histogram.ts';
import { createLatencyWindow, type LatencyWindow } from '../core/latency-window.ts';
import { STAGE_DURATION_BOUNDARIES } from '../semconv/boundaries.ts';
import { STAGES } from '../semconv/stages.ts';
import type { ConnectionKind } from './connection-kind.ts';
import type { Operation, Outcome } from './operation.ts';

/** Which attribute holds the name of what the operation addresses. */
export type TargetKind = 'tool' | 'prompt' | undefined;

/** One point of the operation-duration histogram: an attribute combination and its buckets. */
export interface DurationSeries {
  readonly kind: ConnectionKind;
  readonly errorType: string;
  readonly statusCode: string;
  readonly histogram: ExplicitHistogram;
}

/** Everything recorded about one operation (method plus tool or prompt name), resolved once and then only added to. */
export class OperationEntry {
  readonly method: string;
  readonly targetKind: TargetKind;
  readonly target: string | undefined;
  /** `tools/call kb.hybrid_search`, `tools/list`: also the span name. */
  readonly name: string;
  readonly series: DurationSeries[] = [];
  readonly stageHistograms: readonly ExplicitHistogram[];
  readonly errorTypes: Map<string, number> = new Map();
  readonly window: LatencyWindow;
  count = 0;
  errors = 0;
  active = 0;
  peak = 0;
  /** Whether the stage series of this operation are exported; once they are, they stay. */
  stagesExported = false;
  readonly #boundaries: readonly number[];
  #last: DurationSeries | undefined;

  constructor(
    method: string,
    targetKind: TargetKind,
    target: string | undefined,
    options: { boundaries: readonly number[]; windowMs: number },
  ) {
    this.method = method;
    this.targetKind = targetKind;
    this.target = target;
    this.name = target === undefined ? method : `${method} ${target}`;
    this.stageHistograms = STAGES.map(() => new ExplicitHistogram(STAGE_DURATION_BOUNDARIES));
    this.window = createLatencyWindow({ windowMs: options.windowMs });
    this.#boundaries = options.boundaries;
  }

  started(): void {
    this.active += 1;
    if (this.active > this.peak) this.peak = this.active;
  }

  /** Files a finished operation. `stagesMs` is in the order of `STAGES`. */
  finished(operation: Operation, outcome: Outcome, stagesMs: Float64Array, nowMs: number): void {
    const seconds = operation.durationMs / 1000;
    this.count += 1;
    if (outcome.errorType !== '') {
      this.errors += 1;
      this.errorTypes.set(outcome.errorType, (this.errorTypes.get(outcome.errorType) ?? 0) + 1);
    }
    this.#seriesFor(operation.connection.kind, outcome).histogram.record(seconds);
    this.window.record(seconds, nowMs);
    for (let stage = 0; stage < stagesMs.length; stage += 1) {
      (this.stageHistograms[stage] as ExplicitHistogram).record((stagesMs[stage] as number) / 1000);
    }
  }

  #seriesFor(kind: ConnectionKind, outcome: Outcome): DurationSeries {
    const last = this.#last;
    if (last !== undefined && matches(last, kind, outcome)) return last;
    let series = this.series.find((candidate) => matches(candidate, kind, outcome));
    if (series === undefined) {
      const { errorType, statusCode } = outcome;
      series = { kind, errorType, statusCode, histogram: new ExplicitHistogram(this.#boundaries) };
      this.series.push(series);
    }
    this.#last = series;
    return series;
  }
}

function matches(series: DurationSeries, kind: ConnectionKind, outcome: Outcome): boolean {
  return series.kind === kind && series.errorType === outcome.errorType && series.statusCode === outcome.statusCode;
}
