import {
  BUDGET_PERIOD_DAYS,
  BURN_TIERS,
  BURN_WINDOWS,
  type BurnTier,
  type BurnWindow,
  FEWEST_BAD_EVENTS,
  FEWEST_EVENTS,
  FEWEST_SHARE,
  HOLD_SHARE,
} from '../../core/model/burn-policy.ts';
import { ATTR_BURN_TIER, ATTR_OBJECTIVE } from '../../semconv/objective-streams.ts';
import { prometheusLabelName } from '../../semconv/prometheus-label.ts';
import { durationText, labelIs, labelLike, numberText, selector } from '../promql.ts';
import type { FleetObjective } from './objective-rules.ts';
import {
  LABEL_GOAL,
  RECORD_BAD,
  RECORD_BUDGET,
  RECORD_BURNING,
  RECORD_ERRORS,
  RECORD_ERRORS_LOWER,
  RECORD_EVENTS,
  RECORD_REMAINING,
} from './record-names.ts';
import type { AlertingRule, RecordingRule, RuleGroup } from './rule-group.ts';

const LABEL_TIER = prometheusLabelName(ATTR_BURN_TIER);
const OBJECTIVE_IN_TEXT = `{{ $labels.${prometheusLabelName(ATTR_OBJECTIVE)} }}`;

/** Square of the standard normal quantile of a two-sided 95 % interval. */
const Z = 1.959963984540054;

/**
 * Error budgets of the fleet: the state machine of the budget in the process, over recorded ratios.
 *
 * One rule serves all objectives, since what differs between them stands in labels. A tier burns when its short window burns
 * faster than its factor and the long one surely so (lower bound of the 95 % Wilson interval, enough events), and goes on until the
 * short window is below 0.9 of it: the rule reads its own last result.
 */
export function budgetGroups(objectives: readonly FleetObjective[]): RuleGroup[] {
  const goals = [...new Set(objectives.filter(({ hasBudget }) => hasBudget).map(({ goal }) => goal))].sort();
  if (objectives.length === 0) return [];
  return [
    {
      name: 'mcp-vitals-budgets',
      interval: '30s',
      rules: [
        ...goals.map(budgetOf),
        ...BURN_TIERS.map(({ long }) => lowerBound(long)),
        ...BURN_TIERS.map(burning),
        ...BURN_ALERTS.map(burnAlert),
        missed(objectives),
      ],
    },
    { name: 'mcp-vitals-budget-period', interval: '5m', rules: [remaining(), SPENT] },
  ];
}

function budgetOf(goal: number): RecordingRule {
  const events = selector(`${RECORD_EVENTS}5m`, [labelIs(LABEL_GOAL, numberText(goal))]);
  const labels = { [LABEL_GOAL]: numberText(goal) };
  return { record: RECORD_BUDGET, expr: `0 * ${events} + ${numberText(1 - goal)}`, labels };
}

function lengthMs(wanted: BurnWindow): number {
  return BURN_WINDOWS.find(({ window }) => window === wanted)?.windowMs ?? 0;
}

/** Wilson's lower bound; a window says nothing before part of it has passed and enough events have been seen. */
function lowerBound(window: BurnWindow): RecordingRule {
  const p = RECORD_ERRORS + window;
  const n = `(${RECORD_EVENTS}${window} * ${lengthMs(window) / 1000})`;
  const z2 = Z * Z;
  const square = `(${p} * (1 - ${p}) + ${numberText(z2 / 4)} / ${n}) / ${n}`;
  const bound = `(${p} + ${numberText(z2 / 2)} / ${n} - ${numberText(Z)} * sqrt(${square})) / (1 + ${numberText(z2)} / ${n})`;
  const filled = `${RECORD_EVENTS}${window} offset ${durationText(FEWEST_SHARE * lengthMs(window))}`;
  return {
    record: RECORD_ERRORS_LOWER + window,
    expr: `${bound}\nand ${n} >= ${FEWEST_EVENTS}\nand ${p} * ${n} >= ${FEWEST_BAD_EVENTS}\nand ${filled}`,
  };
}

function tierName({ factor }: BurnTier): string {
  return `${factor}x`;
}

function burning(tier: BurnTier): RecordingRule {
  const { factor, long, short } = tier;
  const over = (record: string, share: number, operator: string): string =>
    `${record} ${operator} ${numberText(factor * share)} * ${RECORD_BUDGET}`;
  const begins = `${over(RECORD_ERRORS_LOWER + long, 1, '>')}\n  and ${over(RECORD_ERRORS + short, 1, '>')}`;
  const last = selector(RECORD_BURNING, [labelIs(LABEL_TIER, tierName(tier))]);
  const goesOn = `${over(RECORD_ERRORS + short, HOLD_SHARE, '>=')}\n  and ignoring (${LABEL_TIER}) ${last}`;
  return {
    record: RECORD_BURNING,
    expr: `0 * (\n  ${begins}\n  or ${goesOn}\n) + 1`,
    labels: { [LABEL_TIER]: tierName(tier) },
  };
}

interface BurnAlert {
  readonly alert: string;
  readonly response: BurnTier['response'];
  readonly severity: string;
  readonly summary: string;
}

const BURN_ALERTS: readonly BurnAlert[] = [
  {
    alert: 'McpErrorBudgetBurnsFast',
    response: 'page',
    severity: 'critical',
    summary: `${OBJECTIVE_IN_TEXT}: the error budget burns so fast that it will not last`,
  },
  {
    alert: 'McpErrorBudgetBurns',
    response: 'ticket',
    severity: 'warning',
    summary: `${OBJECTIVE_IN_TEXT}: the error budget burns too fast`,
  },
];

function burnAlert({ alert, response, severity, summary }: BurnAlert): AlertingRule {
  const tiers = BURN_TIERS.filter((tier) => tier.response === response);
  const windows = tiers.map((tier) => `${tierName(tier)} over ${tier.long} and ${tier.short}`).join(', or ');
  return {
    alert,
    expr: `max without (${LABEL_TIER}) (${selector(RECORD_BURNING, [labelLike(LABEL_TIER, tiers.map(tierName))])})`,
    labels: { severity, category: 'budget', response },
    annotations: {
      summary,
      description: `Events miss the objective at ${windows} the rate that spends the budget in ${BUDGET_PERIOD_DAYS} days.`,
    },
  };
}

/** The window misses the target: P95 over 200 ms is the same as more than 5 % of the operations over 200 ms. */
function missed(objectives: readonly FleetObjective[]): AlertingRule {
  const shares = [...new Set(objectives.map(({ goal }) => goal))].sort();
  const each = shares.map((goal) => {
    const errors = selector(`${RECORD_ERRORS}5m`, [labelIs(LABEL_GOAL, numberText(goal))]);
    return `${errors} > ${numberText(1 - goal)}`;
  });
  return {
    alert: 'McpObjectiveMissed',
    expr: `(\n  ${each.join('\n  or ')}\n)\nand ${RECORD_EVENTS}5m * 300 >= ${FEWEST_EVENTS}`,
    for: '30s',
    labels: { severity: 'warning', category: 'latency' },
    annotations: {
      summary: `${OBJECTIVE_IN_TEXT}: missed over the last 5 minutes`,
      description: `{{ $value | humanizePercentage }} of the events miss it; it allows what is left of {{ $labels.${LABEL_GOAL} }} to 1.`,
    },
  };
}

function remaining(): RecordingRule {
  const period = `${BUDGET_PERIOD_DAYS}d`;
  const bad = `sum_over_time(${RECORD_BAD}5m[${period}])`;
  const all = `(sum_over_time(${RECORD_EVENTS}5m[${period}]) > 0)`;
  return { record: RECORD_REMAINING + period, expr: `1 - ${bad} / ${all} / ${RECORD_BUDGET}` };
}

const SPENT: AlertingRule = {
  alert: 'McpErrorBudgetSpent',
  expr: `${RECORD_REMAINING}${BUDGET_PERIOD_DAYS}d <= 0`,
  for: '5m',
  labels: { severity: 'warning', category: 'budget', response: 'ticket' },
  annotations: {
    summary: `${OBJECTIVE_IN_TEXT}: the error budget is spent`,
    description: `Nothing is left of the budget of ${BUDGET_PERIOD_DAYS} days: {{ $value | humanizePercentage }}.`,
  },
};
