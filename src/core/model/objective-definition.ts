import type { NamePattern } from '../name-pattern.ts';
import type { Indicator, OBJECTIVE_STAGES } from './objective.ts';

/** Whom an objective is about. `operation`: each one of that name by itself; the others: all that match together. */
export type SubjectKind = 'operation' | 'method' | 'component' | 'process';

/** One figure that is to hold, read from the options and the defaults: what every judge works from. */
export interface ObjectiveDefinition {
  readonly subject: SubjectKind;
  /** `undefined` for the process, and for a stage of whatever operation. */
  readonly name: NamePattern | undefined;
  readonly stage: (typeof OBJECTIVE_STAGES)[number] | undefined;
  readonly indicator: Indicator;
  readonly quantile: number | undefined;
  /** Seconds, ratio, bytes, requests per second or cores; `undefined` switches off a weaker objective. */
  readonly target: number | undefined;
}

/** Below this share a quantile is a statement about the window only: half of all operations miss a P50, none of them is at fault. */
const FIRST_BUDGETED_QUANTILE = 0.9;

/** Share of all events that must be good; `undefined` where there is no budget to spend: a P50, memory, CPU, throughput. */
export function budgetedShare({ indicator, quantile, target }: ObjectiveDefinition): number | undefined {
  if (indicator === 'success' || indicator === 'availability') return target;
  return indicator === 'latency' && quantile !== undefined && quantile >= FIRST_BUDGETED_QUANTILE
    ? quantile
    : undefined;
}

/**
 * Id of an objective, as telemetry carries it: `tools/call kb.hybrid_search p95`, `stage protocol p95`, `method tools/* success`, `memory`.
 *
 * @param operation name of the operation it judges; left out, the name pattern stands for it
 */
export function objectiveId(definition: ObjectiveDefinition, operation?: string): string {
  const { subject, name, stage, indicator, quantile } = definition;
  const what = indicator === 'latency' ? `p${Math.round((quantile ?? 0) * 100)}` : indicator;
  if (subject === 'process') return what;
  const parts = [
    operation ?? (name === undefined ? undefined : subject === 'operation' ? name.text : `${subject} ${name.text}`),
  ];
  if (stage !== undefined) parts.push(`stage ${stage}`);
  return [...parts, what].filter((part) => part !== undefined).join(' ');
}
