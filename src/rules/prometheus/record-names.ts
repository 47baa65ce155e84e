/** Names of the recorded series: level, figure, operation, as Prometheus' naming practice has it. */
export const RECORD_EVENTS = 'mcp_vitals:objective_events:rate';
export const RECORD_BAD = 'mcp_vitals:objective_bad_events:rate';
export const RECORD_ERRORS = 'mcp_vitals:objective_errors:ratio_rate';
export const RECORD_ERRORS_LOWER = 'mcp_vitals:objective_errors:lower_rate';
export const RECORD_BUDGET = 'mcp_vitals:objective_budget:ratio';
export const RECORD_REMAINING = 'mcp_vitals:objective_budget_remaining:ratio';
export const RECORD_BURNING = 'mcp_vitals:objective_burning:tier';
export const RECORD_LATENCY = 'mcp_vitals:operation_duration_seconds:quantile';

/** Share of all events that must be good, as a label: what of a series belongs to which budget. */
export const LABEL_GOAL = 'mcp_vitals_goal';

/** Objective with a wildcard as it is written, which the objectives on the single operations come from. */
export const LABEL_DEFINITION = 'mcp_vitals_definition';
