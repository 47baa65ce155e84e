import { ExplicitHistogram } from '../../core/explicit-histogram.ts';
import type { BatchSnapshot } from '../../core/model/component.ts';
import type { BatchReport, BatchSink } from '../../core/recorders.ts';
import { BATCH_SIZE_BOUNDARIES, STAGE_DURATION_BOUNDARIES } from '../../semconv/boundaries.ts';

/** Everything counted about one batcher. Figures that are no numbers are left out. */
export class BatchTally implements BatchSink {
  readonly name: string;
  items = 0;
  errors = 0;
  readonly size: ExplicitHistogram = new ExplicitHistogram(BATCH_SIZE_BOUNDARIES);
  readonly wait: ExplicitHistogram = new ExplicitHistogram(STAGE_DURATION_BOUNDARIES);
  readonly duration: ExplicitHistogram = new ExplicitHistogram(STAGE_DURATION_BOUNDARIES);
  /** The same for batches that failed: their time says nothing about the others. */
  readonly failedDuration: ExplicitHistogram = new ExplicitHistogram(STAGE_DURATION_BOUNDARIES);

  constructor(name: string) {
    this.name = name;
  }

  batch({ size, waitMs, durationMs, failed }: BatchReport): void {
    if (!this.size.record(size)) return;
    if (waitMs !== undefined) this.wait.record(waitMs / 1000);
    if (failed === true) {
      this.errors += 1;
      this.failedDuration.record(durationMs / 1000);
      return;
    }
    this.items += size;
    this.duration.record(durationMs / 1000);
  }

  snapshot(): BatchSnapshot {
    const { size, wait, duration, items, errors } = this;
    return {
      name: this.name,
      batches: size.count,
      items,
      errors,
      meanSize: meanOf(size),
      meanWaitSeconds: meanOf(wait),
      meanDurationSeconds: meanOf(duration),
      itemsPerBusySecond: duration.sum > 0 ? items / duration.sum : undefined,
    };
  }
}

function meanOf({ count, sum }: ExplicitHistogram): number | undefined {
  return count === 0 ? undefined : sum / count;
}
