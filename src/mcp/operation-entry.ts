import { ExplicitHistogram } from '../core/explicit-histogram.ts';
import { STAGE_DURATION_BOUNDARIES } from '../semconv/boundaries.ts';
import { STAGES } from '../semconv/stages.ts';
import type { Operation, Outcome } from './operation.ts';
import { OperationTally } from './operation-tally.ts';

/** Everything recorded about one operation that this process serves (method plus tool or prompt name). */
export class OperationEntry extends OperationTally {
  readonly stageHistograms: readonly ExplicitHistogram[] = STAGES.map(
    () => new ExplicitHistogram(STAGE_DURATION_BOUNDARIES),
  );
  /** Whether the stage series of this operation are exported; once they are, they stay. */
  stagesExported = false;

  /** Files a finished operation. `stagesMs` is in the order of `STAGES`. */
  finished(operation: Operation, outcome: Outcome, stagesMs: Float64Array, nowMs: number): void {
    this.add(operation.connection.kind, outcome, operation.durationMs / 1000, nowMs);
    for (let stage = 0; stage < stagesMs.length; stage += 1) {
      (this.stageHistograms[stage] as ExplicitHistogram).record((stagesMs[stage] as number) / 1000);
    }
  }
}
