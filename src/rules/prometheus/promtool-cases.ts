import { stringify } from 'yaml';
import { BURN_TIERS } from '../../core/model/burn-policy.ts';
import { ATTR_OBJECTIVE } from '../../semconv/objective-streams.ts';
import { prometheusLabelName } from '../../semconv/prometheus-label.ts';
import { quoted } from '../promql.ts';
import { exampleId, exampleSeries, type InputSeries, type Traffic } from './example-series.ts';
import { type FleetObjective, fleetObjectives } from './objective-rules.ts';
import { RECORD_ERRORS } from './record-names.ts';
import type { FleetSource } from './rule-file.ts';

interface ExpressionTest {
  readonly expr: string;
  readonly eval_time: string;
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
}

interface TestGroup {
  readonly name: string;
  readonly interval: string;
  readonly input_series: readonly InputSeries[];
  readonly promql_expr_test: readonly ExpressionTest[];
}

const LABEL_OBJECTIVE = prometheusLabelName(ATTR_OBJECTIVE);
const ANY_BUDGET_ALERT = 'ALERTS{alertname=~"McpErrorBudget.*|McpObjectiveMissed", alertstate="firing"}';
const MINUTES = 40;
const AT = '30m';

const HEADER = `# Unit tests of the rules of mcp-vitals: promtool test rules <this file>.
# Made by "mcp-vitals rules --test"; ratios are exact in binary, so that every version of promtool agrees.
`;

/**
 * Unit tests of the rules for promtool: every objective missed, none missed, no traffic at all, an exact ratio, servers gone.
 *
 * @param ruleFile where the rules are, seen from the test file
 */
export function ruleTestText({ definitions, job }: FleetSource, ruleFile: string): string {
  const objectives = fleetObjectives(definitions);
  const traffic = (perMinute: number, goodPerMinute: number): readonly InputSeries[] =>
    exampleSeries(objectives, { perMinute, goodPerMinute, minutes: MINUTES } satisfies Traffic);
  const group = (name: string, input: readonly InputSeries[], tests: readonly ExpressionTest[]): TestGroup => ({
    name,
    interval: '1m',
    input_series: input,
    promql_expr_test: tests,
  });
  const budgets = objectives.filter(({ hasBudget }) => hasBudget);
  const groups = [
    group('every event misses its objective', traffic(64, 0), [
      ...budgets.filter(canPage).map((objective) => firing('McpErrorBudgetBurnsFast', objective)),
      ...objectives.map((objective) => firing('McpObjectiveMissed', objective)),
    ]),
    group('every event is within its objective', traffic(64, 64), [none(ANY_BUDGET_ALERT)]),
    group('there is no traffic', traffic(0, 0), [none(ANY_BUDGET_ALERT), none(`${RECORD_ERRORS}5m`)]),
    group('one of four events misses its objective', traffic(128, 96), objectives.map(exactQuarter)),
    group(
      'servers are gone',
      [{ series: `up{job=${quoted(exampleJob(job))}, instance="a:9464"}`, values: `1 0x${MINUTES}` }],
      [counted('McpServerDown', '', '5m'), counted('McpServersAbsent', '', '10m')],
    ),
  ];
  return (
    HEADER +
    stringify(
      { rule_files: [ruleFile], evaluation_interval: '30s', tests: groups },
      { lineWidth: 0, aliasDuplicateObjects: false },
    )
  );
}

/** A name the regular expression of the jobs matches, where it is as simple as the default one. */
function exampleJob(job: string): string {
  return job.replaceAll('.*', '').replaceAll('\\', '').split('|')[0] ?? job;
}

function canPage({ goal }: FleetObjective): boolean {
  return BURN_TIERS.some(({ factor, response }) => response === 'page' && factor * (1 - goal) < 0.95);
}

function counted(alert: string, matchers: string, at: string): ExpressionTest {
  const expr = `count(ALERTS{alertname=${quoted(alert)}, alertstate="firing"${matchers}})`;
  return { expr, eval_time: at, exp_samples: [{ labels: '{}', value: 1 }] };
}

function firing(alert: string, objective: FleetObjective): ExpressionTest {
  return counted(alert, `, ${LABEL_OBJECTIVE}=${quoted(exampleId(objective))}`, AT);
}

function none(expr: string): ExpressionTest {
  return { expr, eval_time: AT, exp_samples: [] };
}

function exactQuarter(objective: FleetObjective): ExpressionTest {
  const id = quoted(exampleId(objective));
  const expr = `sum(round(1024 * ${RECORD_ERRORS}5m{${LABEL_OBJECTIVE}=${id}}))`;
  return { expr, eval_time: AT, exp_samples: [{ labels: '{}', value: 256 }] };
}
