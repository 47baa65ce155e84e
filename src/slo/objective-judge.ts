import { LatencyWindows } from '../core/latency-windows.ts';
import type { ObjectiveSnapshot } from '../core/model/objective.ts';
import type { ObjectiveDefinition } from '../core/model/objective-definition.ts';
import { APPLICATION_METHODS } from '../semconv/methods.ts';
import { STAGES } from '../semconv/stages.ts';
import { JudgedWindow } from './judged-window.ts';
import { type ProcessFigures, ProcessJudge } from './process-judge.ts';
import { NO_SUBJECT, TrackedObjective } from './tracked-objective.ts';

/** An operation as the judge knows it. */
export interface OperationIdentity {
  /** `tools/call kb.hybrid_search`, `tools/list`. */
  readonly name: string;
  readonly method: string;
  /** Tool name, where it has one. */
  readonly tool: string | undefined;
}

export interface ObjectiveJudgeOptions {
  readonly definitions: readonly ObjectiveDefinition[];
  /** Monotonic milliseconds since when there is something to see. */
  readonly startMs: number;
  readonly process: () => ProcessFigures;
  /** Hears of every verdict that changes. */
  readonly onChange?: (objective: TrackedObjective) => void;
}

/** Windows and budgets are worked out anew at least that often, also when nothing was recorded: time passes. */
const FULL_EVALUATION_MS = 5000;

/** Several operations judged together, or one stage of them. */
interface Group {
  readonly definition: ObjectiveDefinition;
  readonly stage: number;
  readonly window: JudgedWindow;
}

/** One operation at the judge: its own windows and objectives, and the groups it belongs to. */
export class JudgedOperation {
  readonly identity: OperationIdentity;
  readonly window: JudgedWindow;
  readonly groups: readonly Group[];

  constructor(identity: OperationIdentity, window: JudgedWindow, groups: readonly Group[]) {
    this.identity = identity;
    this.window = window;
    this.groups = groups;
  }
}

/** Files every operation with its objectives and judges them: each operation by itself, and the sliding windows. */
export class ObjectiveJudge {
  readonly operations: JudgedOperation[] = [];
  readonly #process: ProcessJudge;
  readonly #definitions: readonly ObjectiveDefinition[];
  readonly #startMs: number;
  readonly #onChange: (objective: TrackedObjective) => void;
  readonly #groups: readonly Group[];
  #fullEvaluationMs = Number.NEGATIVE_INFINITY;

  constructor(options: ObjectiveJudgeOptions) {
    this.#definitions = options.definitions;
    this.#startMs = options.startMs;
    this.#onChange = options.onChange ?? (() => {});
    this.#process = new ProcessJudge(options.definitions, options.process, options.startMs);
    this.#groups = this.#createGroups();
  }

  /**
   * Begins to judge an operation; call it once per operation, when its first one has finished.
   *
   * @param windows those the operation is filed in by the caller
   */
  operation(identity: OperationIdentity, windows: LatencyWindows): JudgedOperation {
    const subject = { operation: identity.name, method: identity.method, tool: identity.tool };
    const objectives = this.#mostSpecific(identity.name).map(
      (definition) => new TrackedObjective(definition, subject, this.#startMs),
    );
    const groups = this.#groups.filter(({ definition }) => concerns(definition, identity));
    const judged = new JudgedOperation(identity, new JudgedWindow(windows, objectives), groups);
    this.operations.push(judged);
    return judged;
  }

  /**
   * Files a finished operation, on the request path.
   *
   * @param stagesMs in the order of `STAGES`; `undefined` where stages are not known
   * @returns the objectives on this operation that it missed
   */
  finished(
    operation: JudgedOperation,
    seconds: number,
    isError: boolean,
    stagesMs: Float64Array | undefined,
    nowMs: number,
  ): readonly string[] | undefined {
    this.#process.finished(nowMs);
    for (const { stage, window } of operation.groups) {
      const time = stage < 0 ? seconds : stagesMs === undefined ? undefined : (stagesMs[stage] ?? 0) / 1000;
      if (time === undefined) continue;
      window.windows.record(time, nowMs, isError);
      window.file(time, isError, nowMs);
    }
    return operation.window.file(seconds, isError, nowMs);
  }

  /** Files the time an operation has spent in a component, named by kind and name. */
  component(name: string, seconds: number, nowMs: number): void {
    for (const { definition, window } of this.#groups) {
      if (definition.subject !== 'component' || definition.name?.matches(name) !== true) continue;
      window.windows.record(seconds, nowMs);
      window.file(seconds, false, nowMs);
    }
  }

  /** Once a second: reads the process, judges the windows that have changed, and all of them every 5 s. */
  tick(nowMs: number): void {
    for (const objective of this.#process.tick(nowMs)) this.#onChange(objective);
    this.evaluate(nowMs);
  }

  /** Judges the windows as of now. */
  evaluate(nowMs: number): void {
    const isFull = nowMs - this.#fullEvaluationMs >= FULL_EVALUATION_MS;
    if (isFull) this.#fullEvaluationMs = nowMs;
    for (const window of this.#windows()) {
      for (const objective of window.evaluate(nowMs, isFull)) this.#onChange(objective);
    }
    if (isFull) for (const { budget } of this.objectives()) budget?.evaluate(nowMs);
  }

  /** Every objective that has a subject: of operations seen so far, of groups, of the process. */
  objectives(): TrackedObjective[] {
    return [...[...this.#windows()].flatMap(({ objectives }) => objectives), ...this.#process.objectives];
  }

  /** Objectives that concern something this process has done so far, and those of the process itself. */
  used(): TrackedObjective[] {
    const used = [...this.#windows()].filter(({ isUsed }) => isUsed).flatMap(({ objectives }) => objectives);
    return [...used, ...this.#process.objectives];
  }

  /** How they stand. */
  snapshot(): ObjectiveSnapshot[] {
    return this.used().map((objective) => objective.snapshot());
  }

  /** The objective of that id; `undefined` where nothing is judged by it. */
  find(id: string): TrackedObjective | undefined {
    for (const { objectives } of this.#windows()) {
      for (const objective of objectives) if (objective.id === id) return objective;
    }
    return this.#process.objectives.find((objective) => objective.id === id);
  }

  *#windows(): Generator<JudgedWindow> {
    for (const { window } of this.operations) yield window;
    for (const { window } of this.#groups) yield window;
  }

  /** Of the objectives on the same figure the one with the most specific name, the last given among equals. */
  #mostSpecific(name: string): (ObjectiveDefinition & { readonly target: number })[] {
    const chosen = new Map<string, ObjectiveDefinition>();
    for (const definition of this.#definitions) {
      const { subject, stage, indicator, quantile } = definition;
      if (subject !== 'operation' || stage !== undefined || definition.name?.matches(name) !== true) continue;
      const key = `${indicator} ${quantile}`;
      const rival = chosen.get(key)?.name?.specificity ?? -1;
      if (definition.name.specificity >= rival) chosen.set(key, definition);
    }
    return [...chosen.values()].flatMap((definition) => {
      const { target } = definition;
      return target === undefined ? [] : { ...definition, target };
    });
  }

  #createGroups(): Group[] {
    const bySubject = new Map<string, ObjectiveDefinition[]>();
    for (const definition of this.#definitions) {
      const { subject, name, stage } = definition;
      if (subject === 'process' || (subject === 'operation' && stage === undefined)) continue;
      const key = JSON.stringify([subject, name?.text, stage]);
      bySubject.set(key, [...(bySubject.get(key) ?? []), definition]);
    }
    return [...bySubject.values()].flatMap((definitions) => {
      const objectives = definitions.flatMap((definition) => {
        const { target } = definition;
        return target === undefined ? [] : new TrackedObjective({ ...definition, target }, NO_SUBJECT, this.#startMs);
      });
      const [definition] = definitions;
      if (definition === undefined || objectives.length === 0) return [];
      const stage = definition.stage === undefined ? -1 : STAGES.indexOf(definition.stage);
      return { definition, stage, window: new JudgedWindow(new LatencyWindows(), objectives) };
    });
  }
}

/** Whether an operation belongs to a group. */
function concerns({ subject, name }: ObjectiveDefinition, { name: operation, method }: OperationIdentity): boolean {
  if (subject === 'component') return false;
  if (name === undefined) return true;
  if (subject === 'operation') return name.matches(operation);
  return name.text === 'protocol' ? !APPLICATION_METHODS.has(method) : name.matches(method);
}
