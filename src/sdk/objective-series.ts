import type { Attributes } from '@opentelemetry/api';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import { ATTR_GEN_AI_TOOL_NAME, ATTR_MCP_METHOD_NAME } from '../semconv/attributes.ts';
import {
  ATTR_BURN_TIER,
  ATTR_BURN_WINDOW,
  ATTR_OBJECTIVE,
  ATTR_QUANTILE,
  METRIC_OBJECTIVE_BREACHES,
  METRIC_OBJECTIVE_BUDGET_REMAINING,
  METRIC_OBJECTIVE_BURN_RATE,
  METRIC_OBJECTIVE_BURNING,
  METRIC_OBJECTIVE_TARGET_RATIO,
  METRIC_OPERATION_LATENCY,
  METRIC_SELF_TRACES_KEPT,
  METRIC_SELF_TRACES_KEPT_LIMITED,
} from '../semconv/objective-streams.ts';
import type { KeptTraces } from '../slo/kept-traces.ts';
import type { JudgedOperation, ObjectiveJudge } from '../slo/objective-judge.ts';
import type { TrackedObjective } from '../slo/tracked-objective.ts';
import { KnownAttributes } from './known-attributes.ts';
import { identityOf } from './recorder-series.ts';
import type { SeriesOfStream, SeriesPoint } from './series-producer.ts';

/** Reads the streams of `semconv/objective-streams.ts` out of the judge. */
export function objectiveSeries(
  judge: ObjectiveJudge,
  judged: ReadonlyMap<OperationEntry, JudgedOperation>,
  traces: Pick<KeptTraces, 'kept' | 'limited'>,
): SeriesOfStream[] {
  const objectives = judge.objectives();
  return [
    { stream: METRIC_OPERATION_LATENCY, points: latencyPoints(judged) },
    {
      stream: METRIC_OBJECTIVE_BREACHES,
      points: figures(objectives, ({ breaches, budget }) => (budget === undefined ? undefined : breaches)),
    },
    { stream: METRIC_OBJECTIVE_TARGET_RATIO, points: figures(objectives, ({ ratio }) => ratio) },
    { stream: METRIC_OBJECTIVE_BUDGET_REMAINING, points: figures(objectives, ({ budget }) => budget?.remaining) },
    { stream: METRIC_OBJECTIVE_BURN_RATE, points: burnRates(objectives) },
    { stream: METRIC_OBJECTIVE_BURNING, points: verdicts(objectives) },
    { stream: METRIC_SELF_TRACES_KEPT, points: [{ attributes: {}, value: traces.kept }] },
    { stream: METRIC_SELF_TRACES_KEPT_LIMITED, points: [{ attributes: {}, value: traces.limited }] },
  ];
}

function* figures(
  objectives: readonly TrackedObjective[],
  figure: (objective: TrackedObjective) => number | undefined,
): Generator<SeriesPoint> {
  for (const objective of objectives) {
    const value = figure(objective);
    if (value !== undefined) yield { attributes: ofObjective.attributes(objective), value };
  }
}

function* burnRates(objectives: readonly TrackedObjective[]): Generator<SeriesPoint> {
  for (const objective of objectives) {
    for (const { window, rate } of objective.budget?.burnRates() ?? []) {
      if (rate === undefined) continue;
      yield { attributes: ofWindow.with(objective, window), value: rate };
    }
  }
}

function* verdicts(objectives: readonly TrackedObjective[]): Generator<SeriesPoint> {
  for (const objective of objectives) {
    for (const { tier, burning } of objective.budget?.verdicts() ?? []) {
      yield { attributes: ofTier.with(objective, tier), value: burning ? 1 : 0 };
    }
  }
}

function attributesOf({ id, subject }: TrackedObjective): Attributes {
  const attributes: Attributes = { [ATTR_OBJECTIVE]: id };
  if (subject.method !== undefined) attributes[ATTR_MCP_METHOD_NAME] = subject.method;
  if (subject.tool !== undefined) attributes[ATTR_GEN_AI_TOOL_NAME] = subject.tool;
  return attributes;
}

const ofObjective = new KnownAttributes(attributesOf);
const ofWindow = new KnownAttributes(attributesOf, ATTR_BURN_WINDOW);
const ofTier = new KnownAttributes(attributesOf, ATTR_BURN_TIER);
const ofQuantile = new KnownAttributes<OperationEntry>(identityOf, ATTR_QUANTILE);

function* latencyPoints(judged: ReadonlyMap<OperationEntry, JudgedOperation>): Generator<SeriesPoint> {
  for (const [entry, { window }] of judged) {
    for (const { quantile, seconds } of window.figures?.latency.quantiles ?? []) {
      if (seconds === undefined) continue;
      yield { attributes: ofQuantile.with(entry, String(quantile)), value: seconds };
    }
  }
}
