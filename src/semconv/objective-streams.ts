import type { Stream } from './stream.ts';

export const METRIC_OPERATION_LATENCY = 'mcp_vitals.operation.latency';
export const METRIC_OBJECTIVE_BREACHES = 'mcp_vitals.objective.breaches';
export const METRIC_OBJECTIVE_TARGET_RATIO = 'mcp_vitals.objective.target_ratio';
export const METRIC_OBJECTIVE_BUDGET_REMAINING = 'mcp_vitals.objective.budget_remaining';
export const METRIC_OBJECTIVE_BURN_RATE = 'mcp_vitals.objective.burn_rate';
export const METRIC_OBJECTIVE_BURNING = 'mcp_vitals.objective.burning';
export const METRIC_SELF_TRACES_KEPT = 'mcp_vitals.self.traces.kept';
export const METRIC_SELF_TRACES_KEPT_LIMITED = 'mcp_vitals.self.traces.kept_limited';

/** Id of an objective: `tools/call kb.hybrid_search p95`, `stage protocol p95`, `availability`. */
export const ATTR_OBJECTIVE = 'mcp_vitals.objective';
/** Length of the window a burn rate is taken over: `5m` … `3d`. */
export const ATTR_BURN_WINDOW = 'mcp_vitals.window';
/** Tier of a burn-rate verdict: `14.4x`, `6x`, `3x`, `1x`, `fast`. */
export const ATTR_BURN_TIER = 'mcp_vitals.tier';
/** Quantile of a latency gauge: `0.5`, `0.9`, `0.95`, `0.99`. */
export const ATTR_QUANTILE = 'quantile';
/** On the span of an operation: ids of the objectives it missed. */
export const ATTR_OBJECTIVE_BREACHED = 'mcp_vitals.objective.breached';
/** Event on the span of an operation for each objective it missed. */
export const EVENT_OBJECTIVE_BREACH = 'mcp_vitals.objective.breach';

const OF_OBJECTIVE = [ATTR_OBJECTIVE, 'mcp.method.name', 'gen_ai.tool.name'] as const;

/** Streams about percentiles in process, objectives and error budgets. */
export const OBJECTIVE_STREAMS: readonly Stream[] = [
  {
    name: METRIC_OPERATION_LATENCY,
    kind: 'gauge',
    unit: 's',
    description: 'Latency percentile over the sliding window; absent while there are too few operations.',
    attributes: ['mcp.method.name', 'gen_ai.tool.name', 'gen_ai.prompt.name', ATTR_QUANTILE],
  },
  {
    name: METRIC_OBJECTIVE_BREACHES,
    kind: 'counter',
    unit: '{operation}',
    description: 'Operations that missed an objective.',
    attributes: OF_OBJECTIVE,
  },
  {
    name: METRIC_OBJECTIVE_TARGET_RATIO,
    kind: 'gauge',
    unit: '1',
    description:
      'How far the target of an objective is used up over the sliding window, missed above 1: observed / target, target / observed ' +
      'for throughput, missing share / allowed share for ratios. Absent while there are too few operations.',
    attributes: OF_OBJECTIVE,
  },
  {
    name: METRIC_OBJECTIVE_BUDGET_REMAINING,
    kind: 'gauge',
    unit: '1',
    description: 'Share of the error budget that is left over the time observed; negative when overspent.',
    attributes: OF_OBJECTIVE,
  },
  {
    name: METRIC_OBJECTIVE_BURN_RATE,
    kind: 'gauge',
    unit: '1',
    description: 'How many times faster than allowed the error budget is spent; absent while the window says nothing.',
    attributes: [...OF_OBJECTIVE, ATTR_BURN_WINDOW],
  },
  {
    name: METRIC_OBJECTIVE_BURNING,
    kind: 'gauge',
    unit: '1',
    description: 'Whether the error budget burns too fast by the windows of a tier: 1 or 0.',
    attributes: [...OF_OBJECTIVE, ATTR_BURN_TIER],
  },
  {
    name: METRIC_SELF_TRACES_KEPT,
    kind: 'counter',
    unit: '{operation}',
    description:
      'Operations exported because they failed or missed an objective, although the sampler had decided otherwise.',
    attributes: [],
  },
  {
    name: METRIC_SELF_TRACES_KEPT_LIMITED,
    kind: 'counter',
    unit: '{operation}',
    description: 'Operations that failed or missed an objective and were not exported: over the limit for that.',
    attributes: [],
  },
];
