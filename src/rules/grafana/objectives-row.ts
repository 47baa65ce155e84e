import { FEWEST_EVENTS } from '../../core/model/burn-policy.ts';
import { METRIC_ALERTS_ACTIVE } from '../../semconv/alert-streams.ts';
import {
  METRIC_OBJECTIVE_BUDGET_REMAINING,
  METRIC_OBJECTIVE_BURN_RATE,
  METRIC_OBJECTIVE_TARGET_RATIO,
} from '../../semconv/objective-streams.ts';
import { streamByName } from '../../semconv/streams.ts';
import { RECORD_ERRORS, RECORD_REMAINING } from '../prometheus/record-names.ts';
import { OVER_ONE } from './limits.ts';
import { chosen, type Limit, type RowSpec } from './panel.ts';

const FLEET_RULES = 'the rules of "mcp-vitals rules" in Prometheus';

const BUDGET_LIMITS: readonly Limit[] = [
  { value: 0, color: 'orange' },
  { value: 0.25, color: 'green' },
];

/** Whether users are hurt, and what is left of the budgets. */
export function objectivesRow(): RowSpec {
  const ratio = streamByName(METRIC_OBJECTIVE_TARGET_RATIO);
  const remaining = streamByName(METRIC_OBJECTIVE_BUDGET_REMAINING);
  const burn = streamByName(METRIC_OBJECTIVE_BURN_RATE);
  const alerts = streamByName(METRIC_ALERTS_ACTIVE);
  return {
    title: 'Objectives',
    panels: [
      {
        title: 'Objectives missed',
        description: 'Objectives whose target is missed over the sliding window at one server at least.',
        type: 'stat',
        unit: 'short',
        width: 4,
        limits: [{ value: 1, color: 'red' }],
        queries: [
          { expr: `count(max by (mcp_vitals_objective) (${chosen(ratio)}) > 1) or vector(0)`, legend: 'missed' },
        ],
      },
      {
        title: 'Alerts firing',
        description: 'Alerts that fire in the servers themselves.',
        type: 'stat',
        unit: 'short',
        width: 4,
        limits: [{ value: 1, color: 'red' }],
        queries: [{ expr: `sum(${chosen(alerts)}) or vector(0)`, legend: 'firing' }],
      },
      {
        title: 'Error budget left',
        description:
          'Share of the error budget that is left since the servers started, the lowest of all servers. Below 0 it is overspent.',
        type: 'bargauge',
        unit: 'percentunit',
        width: 8,
        max: 1,
        goodAbove: true,
        limits: BUDGET_LIMITS,
        queries: [
          {
            expr: `bottomk(10, min by (mcp_vitals_objective) (${chosen(remaining)}))`,
            legend: '{{mcp_vitals_objective}}',
          },
        ],
      },
      {
        title: 'Error budget of 30 days left',
        description: 'The same for the whole fleet over 30 days.',
        type: 'bargauge',
        unit: 'percentunit',
        width: 8,
        max: 1,
        goodAbove: true,
        limits: BUDGET_LIMITS,
        needs: FLEET_RULES,
        queries: [
          {
            expr: `bottomk(10, min by (mcp_vitals_objective) (${RECORD_REMAINING}30d{job=~"$job"}))`,
            legend: '{{mcp_vitals_objective}}',
          },
        ],
      },
      {
        title: 'How far targets are used up',
        description: 'Observed figure over its target; above 1 the objective is missed.',
        type: 'timeseries',
        unit: 'percentunit',
        width: 8,
        limits: OVER_ONE,
        queries: [
          { expr: `topk(10, max by (mcp_vitals_objective) (${chosen(ratio)}))`, legend: '{{mcp_vitals_objective}}' },
        ],
      },
      {
        title: 'Burn rate over 5 minutes',
        description:
          'How many times faster than allowed the budget is spent. Lines: 6 and 14.4 times, which page together with their long windows.',
        type: 'timeseries',
        unit: 'short',
        width: 8,
        limits: [
          { value: 6, color: 'orange' },
          { value: 14.4, color: 'red' },
        ],
        needs: `${FEWEST_EVENTS} operations in five minutes`,
        queries: [
          {
            expr: `topk(10, max by (mcp_vitals_objective) (${chosen(burn, '', 'mcp_vitals_window="5m"')}))`,
            legend: '{{mcp_vitals_objective}}',
          },
        ],
      },
      {
        title: 'Breach ratio of the fleet',
        description:
          'Share of events that miss their objective, over all servers together; exact, since targets are bucket boundaries.',
        type: 'timeseries',
        unit: 'percentunit',
        width: 8,
        max: 1,
        needs: FLEET_RULES,
        queries: [
          {
            expr: `topk(10, max by (mcp_vitals_objective) (${RECORD_ERRORS}5m{job=~"$job"}))`,
            legend: '{{mcp_vitals_objective}}',
          },
        ],
      },
    ],
  };
}
