import { BURN_TIERS, BURN_WINDOWS, type BurnWindow } from '../../core/model/burn-policy.ts';
import { budgetedShare, type ObjectiveDefinition, objectiveId } from '../../core/model/objective-definition.ts';
import {
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_PROMPT_NAME,
  ATTR_GEN_AI_TOOL_NAME,
  ATTR_MCP_METHOD_NAME,
} from '../../semconv/attributes.ts';
import { ATTR_OBJECTIVE } from '../../semconv/objective-streams.ts';
import { prometheusLabelName } from '../../semconv/prometheus-label.ts';
import { streamByName } from '../../semconv/streams.ts';
import { type ObjectiveSelection, selectionOf } from '../objective-selection.ts';
import { bucketUpTo, FLEET_LABELS, labelIsNot, metricOf, numberText, quoted, rateOf, sumBy } from '../promql.ts';
import { LABEL_DEFINITION, LABEL_GOAL, RECORD_BAD, RECORD_ERRORS, RECORD_EVENTS } from './record-names.ts';
import type { RecordingRule, RuleGroup } from './rule-group.ts';

/** Labels of one operation. */
export const OPERATION_LABELS: readonly string[] = [
  ATTR_MCP_METHOD_NAME,
  ATTR_GEN_AI_TOOL_NAME,
  ATTR_GEN_AI_PROMPT_NAME,
].map(prometheusLabelName);

const LABEL_OBJECTIVE = prometheusLabelName(ATTR_OBJECTIVE);

/** Windows whose rates cost next to nothing are worked out often; the long ones move slowly anyway. */
const OFTEN: readonly BurnWindow[] = ['5m', '30m', '1h'];
const OFTEN_INTERVAL = '30s';
/** Well below the 5 min after which Prometheus takes a series for gone. */
const SELDOM_INTERVAL = '2m';

/** Windows of which the number of events is needed: those that are judged surely, and the one the budget is added up from. */
const COUNTED: readonly BurnWindow[] = ['5m', ...BURN_TIERS.map(({ long }) => long)];

/** An objective and the series it is judged by in the fleet. */
export interface FleetObjective {
  readonly definition: ObjectiveDefinition & { readonly target: number };
  readonly selection: ObjectiveSelection;
  /** Share of all events that must be good, of the window only where there is no budget. */
  readonly goal: number;
  readonly hasBudget: boolean;
}

/** The objectives on operations, stages and components. */
export function fleetObjectives(definitions: readonly ObjectiveDefinition[]): FleetObjective[] {
  return definitions.flatMap((definition) => {
    const { target } = definition;
    const selection = selectionOf(definition, definitions);
    if (target === undefined || selection === undefined || selection.selections.length === 0) return [];
    const share = budgetedShare(definition);
    const goal = share ?? definition.quantile;
    if (goal === undefined) return [];
    return { definition: { ...definition, target }, selection, goal, hasBudget: share !== undefined };
  });
}

/**
 * Ratios of events that miss each objective, over every window of the burn rates: exact, because every latency target is a
 * bucket boundary. The label with the id of the objective has the value the process gives it.
 */
export function objectiveGroups(objectives: readonly FleetObjective[]): RuleGroup[] {
  const windows = BURN_WINDOWS.map(({ window }) => window);
  const group = (name: string, interval: string, of: readonly BurnWindow[]): RuleGroup => ({
    name,
    interval,
    rules: objectives.flatMap((objective) => of.flatMap((window) => rulesFor(objective, window))),
  });
  return [
    group('mcp-vitals-objectives', OFTEN_INTERVAL, OFTEN),
    group(
      'mcp-vitals-objectives-long',
      SELDOM_INTERVAL,
      windows.filter((window) => !OFTEN.includes(window)),
    ),
  ].filter(({ rules }) => rules.length > 0);
}

function rulesFor(objective: FleetObjective, window: BurnWindow): RecordingRule[] {
  // A P50 says something about the window only.
  if (!objective.hasBudget && window !== '5m') return [];
  const labels = {
    [LABEL_GOAL]: numberText(objective.goal),
    [hasOwnId(objective) ? LABEL_OBJECTIVE : LABEL_DEFINITION]: objectiveId(objective.definition),
  };
  const events = eventsExpression(objective, window);
  const counted = COUNTED.includes(window);
  const rules: RecordingRule[] = [
    { record: RECORD_ERRORS + window, expr: named(objective, ratioExpression(objective, window)), labels },
  ];
  if (counted) rules.unshift({ record: RECORD_EVENTS + window, expr: named(objective, events), labels });
  if (window === '5m' && objective.hasBudget) {
    rules.push({ record: RECORD_BAD + window, expr: named(objective, badExpression(objective, window)), labels });
  }
  return rules;
}

function byLabels({ selection }: FleetObjective): readonly string[] {
  return selection.byOperation ? [...FLEET_LABELS, ...OPERATION_LABELS] : FLEET_LABELS;
}

function histogramOf({ selection }: FleetObjective): string {
  return metricOf(streamByName(selection.stream));
}

function eventsExpression(objective: FleetObjective, window: string): string {
  const { selections } = objective.selection;
  return sumBy(byLabels(objective), rateOf(`${histogramOf(objective)}_count`, selections, window));
}

/** Good events of a latency objective: those in the buckets up to its target. */
function goodExpression(objective: FleetObjective, window: string): string {
  const bucket = bucketUpTo(objective.definition.target);
  const selections = objective.selection.selections.map((matchers) => [...matchers, bucket]);
  return sumBy(byLabels(objective), rateOf(`${histogramOf(objective)}_bucket`, selections, window));
}

function errorsExpression(objective: FleetObjective, window: string): string {
  const failed = labelIsNot(ATTR_ERROR_TYPE, '');
  const selections = objective.selection.selections.map((matchers) => [...matchers, failed]);
  const failures = sumBy(byLabels(objective), rateOf(`${histogramOf(objective)}_count`, selections, window));
  // Without a failure so far there is no series of failures.
  return `(${failures} or 0 * ${eventsExpression(objective, window)})`;
}

function badExpression(objective: FleetObjective, window: string): string {
  if (objective.definition.indicator === 'success') return errorsExpression(objective, window);
  return `clamp_min(${eventsExpression(objective, window)} - ${goodExpression(objective, window)}, 0)`;
}

/** Without traffic there is no ratio, and no division by zero. */
function ratioExpression(objective: FleetObjective, window: string): string {
  const events = `(${eventsExpression(objective, window)} > 0)`;
  if (objective.definition.indicator === 'success') return `${errorsExpression(objective, window)} / ${events}`;
  return `clamp_min(1 - ${goodExpression(objective, window)} / ${events}, 0)`;
}

/** Whether the objective has one id, and not one per operation its name pattern matches. */
function hasOwnId({ definition, selection }: FleetObjective): boolean {
  return !selection.byOperation || definition.name?.text.includes('*') !== true;
}

/** Adds the id of the objective on the operation at hand. */
function named(objective: FleetObjective, expression: string): string {
  if (hasOwnId(objective)) return expression;
  const figure = objectiveId(objective.definition, '').trim();
  const labels = OPERATION_LABELS.map(quoted).join(', ');
  const joined = `label_join(${expression}, ${quoted(LABEL_OBJECTIVE)}, " ", ${labels})`;
  const target = quoted(LABEL_OBJECTIVE);
  return `label_replace(${joined}, ${target}, ${quoted(`\${1} ${figure}`)}, ${target}, "(.*?) *")`;
}
