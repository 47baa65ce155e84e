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
import { identityOf } from './recorder-series.ts';
import type { SeriesOfStream, SeriesPoint } from './series-producer.ts';

/** Reads the streams of `semconv/objective-streams.ts` out of the judge. */
export function objectiveSeries(
  judge: ObjectiveJudge,
  judged: ReadonlyMap<OperationEntry, JudgedOperation>,
  traces: Pick<KeptTraces, 'kept' | 'limited'>,
): SeriesOfStream[] {
  const objectives = judge.objectives();
  const of = (figure: (objective: TrackedObjective) => number | undefined): SeriesPoint[] =>
    objectives.flatMap((objective) => {
      const value = figure(objective);
      return value === undefined ? [] : { attributes: attributesOf(objective), value };
    });
  const budgets = objectives.flatMap((objective) => {
    const { budget } = objective;
    return budget === undefined ? [] : { budget, attributes: attributesOf(objective) };
  });
  return [
    { stream: METRIC_OPERATION_LATENCY, points: latencyPoints(judged) },
    {
      stream: METRIC_OBJECTIVE_BREACHES,
      points: of(({ breaches, budget }) => (budget === undefined ? undefined : breaches)),
    },
    { stream: METRIC_OBJECTIVE_TARGET_RATIO, points: of(({ ratio }) => ratio) },
    { stream: METRIC_OBJECTIVE_BUDGET_REMAINING, points: of(({ budget }) => budget?.remaining) },
    {
      stream: METRIC_OBJECTIVE_BURN_RATE,
      points: budgets.flatMap(({ budget, attributes }) =>
        budget
          .burnRates()
          .flatMap(({ window, rate }) =>
            rate === undefined ? [] : { attributes: { ...attributes, [ATTR_BURN_WINDOW]: window }, value: rate },
          ),
      ),
    },
    {
      stream: METRIC_OBJECTIVE_BURNING,
      points: budgets.flatMap(({ budget, attributes }) =>
        budget.verdicts().map(({ tier, burning }) => ({
          attributes: { ...attributes, [ATTR_BURN_TIER]: tier },
          value: burning ? 1 : 0,
        })),
      ),
    },
    { stream: METRIC_SELF_TRACES_KEPT, points: [{ attributes: {}, value: traces.kept }] },
    { stream: METRIC_SELF_TRACES_KEPT_LIMITED, points: [{ attributes: {}, value: traces.limited }] },
  ];
}

function attributesOf({ id, subject }: TrackedObjective): Attributes {
  const attributes: Attributes = { [ATTR_OBJECTIVE]: id };
  if (subject.method !== undefined) attributes[ATTR_MCP_METHOD_NAME] = subject.method;
  if (subject.tool !== undefined) attributes[ATTR_GEN_AI_TOOL_NAME] = subject.tool;
  return attributes;
}

function latencyPoints(judged: ReadonlyMap<OperationEntry, JudgedOperation>): SeriesPoint[] {
  const points: SeriesPoint[] = [];
  for (const [entry, { window }] of judged) {
    for (const { quantile, seconds } of window.figures?.latency.quantiles ?? []) {
      if (seconds === undefined) continue;
      points.push({ attributes: { ...identityOf(entry), [ATTR_QUANTILE]: String(quantile) }, value: seconds });
    }
  }
  return points;
}
