import type { LatencyWindows } from '../core/latency-windows.ts';
import type { WindowFigures } from '../core/model/objective.ts';
import type { TrackedObjective } from './tracked-objective.ts';

/** Quantiles every window is asked for: those of the telemetry and of all objectives. */
const QUANTILES = [0.5, 0.9, 0.95, 0.99] as const;

/** Sliding windows with the objectives that are judged by them. */
export class JudgedWindow {
  readonly windows: LatencyWindows;
  readonly objectives: readonly TrackedObjective[];
  /** The short window as of the last evaluation; `undefined` before. */
  figures: WindowFigures | undefined = undefined;
  /** Whether anything was ever filed: an objective that nothing concerns is nobody's to meet. */
  isUsed = false;
  readonly #perOperation: readonly TrackedObjective[];
  #isStale = false;

  constructor(windows: LatencyWindows, objectives: readonly TrackedObjective[]) {
    this.windows = windows;
    this.objectives = objectives;
    this.#perOperation = objectives.filter((objective) => objective.judgesOperations);
  }

  /** Files one operation with the objectives, not with the windows; answers which of them it missed. */
  file(seconds: number, isError: boolean, nowMs: number): string[] | undefined {
    this.#isStale = true;
    this.isUsed = true;
    let missed: string[] | undefined;
    for (const objective of this.#perOperation) {
      if (!objective.file(seconds, isError, nowMs)) continue;
      missed ??= [];
      missed.push(objective.id);
    }
    return missed;
  }

  /** Reads the window and judges it; answers the objectives whose verdict has changed. */
  evaluate(nowMs: number, force: boolean): TrackedObjective[] {
    if (!this.#isStale && !force) return [];
    this.#isStale = false;
    const figures = this.windows.short(nowMs, QUANTILES);
    this.figures = figures;
    return this.objectives.filter((objective) => objective.judge(figures));
  }
}
