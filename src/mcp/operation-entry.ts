import { ExplicitHistogram } from '../core/explicit-histogram.ts';
import { LatencyWindows } from '../core/latency-windows.ts';
import { STAGE_DURATION_BOUNDARIES } from '../semconv/boundaries.ts';
import { STAGES } from '../semconv/stages.ts';
import type { Operation, Outcome } from './operation.ts';
import { OperationTally, type TallyOptions, type TargetKind } from './operation-tally.ts';

export interface EntryOptions extends Omit<TallyOptions, 'window'> {
  readonly stageBoundaries?: readonly number[];
}

/** Everything recorded about one operation that this process serves (method plus tool or prompt name). */
export class OperationEntry extends OperationTally {
  readonly stageHistograms: readonly ExplicitHistogram[];
  /** The sliding windows; the shortest is `window`. */
  readonly windows: LatencyWindows;
  /** Whether the stage series of this operation are exported; once they are, they stay. */
  stagesExported = false;
  /** What others keep about this operation, each at a place of its own. */
  readonly slots: unknown[] = [];

  constructor(method: string, targetKind: TargetKind, target: string | undefined, options: EntryOptions) {
    const windows = new LatencyWindows(options.windowMs);
    super(method, targetKind, target, { ...options, window: windows });
    this.windows = windows;
    const { stageBoundaries = STAGE_DURATION_BOUNDARIES, movable = false } = options;
    const width = stageBoundaries.length + 1;
    const cells = new Float64Array(STAGES.length * width);
    this.stageHistograms = STAGES.map(
      (_, stage) => new ExplicitHistogram(stageBoundaries, { movable, cells, firstCell: stage * width }),
    );
  }

  /** Settles the boundaries of operation and stages. */
  settle(boundaries: readonly number[], stageBoundaries: readonly number[]): number {
    return this.stageHistograms.reduce((sum, stage) => sum + stage.moveTo(stageBoundaries), this.moveTo(boundaries));
  }

  /** Files a finished operation. `stagesMs` is in the order of `STAGES`. */
  finished(operation: Operation, outcome: Outcome, stagesMs: Float64Array, nowMs: number): void {
    this.add(operation.connection.kind, outcome, operation.durationMs / 1000, nowMs);
    for (let stage = 0; stage < stagesMs.length; stage += 1) {
      (this.stageHistograms[stage] as ExplicitHistogram).record((stagesMs[stage] as number) / 1000);
    }
  }
}
