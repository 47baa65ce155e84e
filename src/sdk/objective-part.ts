import type { VitalsConfig } from '../config/index.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import type { LiveRow } from '../core/model/live.ts';
import type { ObjectiveSnapshot } from '../core/model/objective.ts';
import type { ObjectiveDefinition } from '../core/model/objective-definition.ts';
import type { OperationDetail } from '../core/model/operation-detail.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import { defaultObjectives } from '../slo/default-objectives.ts';
import { type LatencyThresholds, latencyThresholds, resolveObjectives } from '../slo/definition.ts';
import type { KeptTraces } from '../slo/kept-traces.ts';
import { type JudgedOperation, ObjectiveJudge } from '../slo/objective-judge.ts';
import { readProcess } from '../slo/process-figures.ts';
import { TICK_MS } from '../slo/process-judge.ts';
import type { TrackedObjective } from '../slo/tracked-objective.ts';
import { EntrySlot } from './entry-slot.ts';
import { objectiveSeries } from './objective-series.ts';
import type { Part } from './part.ts';

/** The objectives in force, and the thresholds they put into bucket boundaries. */
export interface Objectives {
  readonly definitions: readonly ObjectiveDefinition[];
  readonly thresholds: LatencyThresholds;
}

/** Works out the objectives in force: those of the profile, replaced and completed by what the user gave. */
export function objectivesOf({ profile, objectives, tools }: VitalsConfig): Objectives {
  const definitions = resolveObjectives(defaultObjectives(profile, tools.fast), objectives);
  return { definitions, thresholds: latencyThresholds(definitions) };
}

export interface ObjectivePartOptions {
  readonly objectives: Objectives;
  /** Counted here, decided where operations are exported. */
  readonly kept: Pick<KeptTraces, 'kept' | 'limited'>;
  readonly clock: Clock;
  readonly diag: Diag;
}

/** The part, and what those who watch ask it for. */
export interface ObjectivePart extends Part {
  /** The objectives of a snapshot, one by one: states as of the last time they were judged, figures up to a few seconds older. */
  rows(): LiveRow[];
  /** Objectives of one operation as of the last time they were judged, and its windows. */
  of(entry: OperationEntry): Pick<OperationDetail, 'objectives' | 'windows'>;
  /** How the objective of that id stands; `undefined` where nothing is judged by it. */
  objective(id: string): ObjectiveSnapshot | undefined;
}

/** Those who watch see how an objective stands by its state; its figures follow every few seconds. */
const JUDGEMENTS_PER_READING = 5;

/** Reading the metrics right after a call shows the call: what was evaluated longer ago than this is evaluated anew. */
const FRESH_MS = 200;

/** The judge: objectives, sliding windows, error budgets, and which traces are kept. */
export function createObjectivePart({ objectives, kept, clock, diag }: ObjectivePartOptions): ObjectivePart {
  const judge = new ObjectiveJudge({
    definitions: objectives.definitions,
    startMs: clock.now(),
    process: readProcess,
    onChange: (objective) => report(objective, diag),
  });
  const judged = new Map<OperationEntry, JudgedOperation>();
  const slot = new EntrySlot((entry) => {
    const tool = entry.targetKind === 'tool' ? entry.target : undefined;
    const known = judge.operation({ name: entry.name, method: entry.method, tool }, entry.windows);
    judged.set(entry, known);
    return known;
  });
  let evaluatedMs = Number.NEGATIVE_INFINITY;
  let timer: Timer | undefined;

  const evaluate = (): void => {
    const nowMs = clock.now();
    if (nowMs - evaluatedMs < FRESH_MS) return;
    evaluatedMs = nowMs;
    judge.evaluate(nowMs);
  };

  return {
    objective: (id) => judge.find(id)?.snapshot(),
    onFinished(operation, entry, stagesMs) {
      const known = slot.of(entry);
      const isError = operation.outcome.errorType !== '';
      const missed = judge.finished(known, operation.durationMs / 1000, isError, stagesMs, operation.sendTo);
      operation.missedObjectives = missed;
      // The part of the components has settled them before.
      if (operation.calls !== undefined) {
        for (const { component, busyMs } of operation.calls.totals?.components ?? []) {
          judge.component(`${component.kind} ${component.name}`, busyMs / 1000, operation.sendTo);
        }
      }
      return missed !== undefined || isError;
    },
    series() {
      evaluate();
      return objectiveSeries(judge, judged, kept);
    },
    snapshot() {
      evaluate();
      const nowMs = clock.now();
      return {
        objectives: judge.snapshot(),
        windows: [...judged.keys()].map((entry) => ({ operation: entry.name, windows: entry.windows.figures(nowMs) })),
      };
    },
    // The objectives are given row by row, and nobody who watches the whole process looks at its windows.
    live: () => ({}),
    rows() {
      return judge.used().map((objective, at) => ({
        key: objective.id,
        // A verdict is news at once, the figures behind it when it was judged so often again, not all in the same second.
        version: `${objective.state} ${Math.floor((objective.revision + at) / JUDGEMENTS_PER_READING)}`,
        read: () => objective.snapshot(),
      }));
    },
    of(entry) {
      const known = judged.get(entry);
      if (known === undefined) return { objectives: [], windows: [] };
      return {
        objectives: known.window.objectives.map((objective) => objective.snapshot()),
        windows: entry.windows.figures(clock.now()),
      };
    },
    start() {
      timer ??= clock.every(TICK_MS, () => {
        evaluatedMs = clock.now();
        judge.tick(evaluatedMs);
      });
    },
    stop() {
      timer?.stop();
      timer = undefined;
    },
  };
}

/** Says which objective the window has begun to miss, and that it is met again. */
function report(objective: TrackedObjective, diag: Diag): void {
  const { id, state, observed, target, samples } = objective;
  if (state === 'unknown' || (state === 'met' && !objective.wasBreached)) return;
  const figures = `${observed?.toPrecision(3)} against ${target} (n=${samples})`;
  diag.info(`objective ${id}`, `objective ${id} ${state === 'met' ? 'met again' : 'missed'}: ${figures}`);
}
