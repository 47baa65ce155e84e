import type { ObjectiveSnapshot, ObjectiveState, WindowFigures } from '../core/model/objective.ts';
import { budgetedShare, type ObjectiveDefinition, objectiveId } from '../core/model/objective-definition.ts';
import { ErrorBudget } from './error-budget.ts';

/** Whom an objective is about, in the words of the telemetry; empty for the process and for several operations together. */
export interface ObjectiveSubject {
  readonly operation: string | undefined;
  readonly method: string | undefined;
  readonly tool: string | undefined;
}

export const NO_SUBJECT: ObjectiveSubject = { operation: undefined, method: undefined, tool: undefined };

/** Fewest operations before a success ratio is judged. */
const FEWEST_OPERATIONS = 20;

/** One objective at work: what it has seen and how it stands. */
export class TrackedObjective {
  readonly id: string;
  readonly definition: ObjectiveDefinition;
  readonly target: number;
  readonly subject: ObjectiveSubject;
  /** `undefined` where there is nothing to spend: a P50, memory, CPU, throughput. */
  readonly budget: ErrorBudget | undefined;
  readonly #isOfSuccess: boolean;
  /** Operations that missed it, since the start. */
  breaches = 0;
  state: ObjectiveState = 'unknown';
  /** Whether the last known verdict before this one was that it is missed. */
  wasBreached = false;
  observed: number | undefined = undefined;
  samples = 0;
  /** How often it has been judged: without another verdict it stands as before, but for breaches and budget. */
  revision = 0;

  constructor(
    definition: ObjectiveDefinition & { readonly target: number },
    subject: ObjectiveSubject,
    startMs: number,
  ) {
    this.definition = definition;
    this.target = definition.target;
    this.subject = subject;
    this.id = objectiveId(definition, subject.operation);
    this.#isOfSuccess = definition.indicator === 'success';
    const share = budgetedShare(definition);
    this.budget = share === undefined ? undefined : new ErrorBudget(share, startMs);
  }

  /** Whether a single operation can miss it. */
  get judgesOperations(): boolean {
    const { indicator } = this.definition;
    return this.budget !== undefined && (indicator === 'latency' || indicator === 'success');
  }

  /** Files one operation; answers whether it missed the objective. */
  file(seconds: number, isError: boolean, nowMs: number): boolean {
    const isBad = this.#isOfSuccess ? isError : seconds > this.target;
    this.budget?.record(nowMs, isBad);
    if (isBad) this.breaches += 1;
    return isBad;
  }

  /** Judges the window; answers whether the verdict has changed. */
  judge({ latency, errorRatio }: WindowFigures): boolean {
    const { indicator, quantile } = this.definition;
    if (indicator === 'latency') {
      const estimate = latency.quantiles.find((candidate) => candidate.quantile === quantile);
      return this.settle(estimate?.seconds, latency.count);
    }
    const isEnough = latency.count >= FEWEST_OPERATIONS && errorRatio !== undefined;
    return this.settle(isEnough ? 1 - errorRatio : undefined, latency.count);
  }

  /** Takes over a figure; answers whether the verdict has changed. */
  settle(observed: number | undefined, samples: number): boolean {
    const before = this.state;
    if (before !== 'unknown') this.wasBreached = before === 'breached';
    this.observed = observed;
    this.samples = samples;
    this.revision += 1;
    const ratio = this.ratio;
    this.state = ratio === undefined ? 'unknown' : ratio > 1 ? 'breached' : 'met';
    return this.state !== before;
  }

  /** How far the target is used up: over 1 it is missed. `undefined` with too few samples. */
  get ratio(): number | undefined {
    const { observed, target } = this;
    if (observed === undefined) return undefined;
    switch (this.definition.indicator) {
      case 'success':
      case 'availability':
        return (1 - observed) / (1 - target);
      case 'throughput':
        return observed === 0 ? undefined : target / observed;
      default:
        return observed / target;
    }
  }

  snapshot(): ObjectiveSnapshot {
    const { id, definition, target, observed, samples, state, breaches } = this;
    return {
      id,
      indicator: definition.indicator,
      operation: this.subject.operation,
      quantile: definition.quantile,
      target,
      observed,
      samples,
      state,
      breaches,
      budget: this.budget?.snapshot(),
    };
  }
}
