import type { Stream } from './stream.ts';

export const METRIC_ALERTS_ACTIVE = 'mcp_vitals.alerts.active';
export const ATTR_RULE = 'mcp_vitals.rule';
export const ATTR_SEVERITY = 'mcp_vitals.severity';

/** Streams about rules and alerts. */
export const ALERT_STREAMS: readonly Stream[] = [
  {
    name: METRIC_ALERTS_ACTIVE,
    kind: 'gauge',
    unit: '{alert}',
    description: 'Alerts that fire, by rule.',
    attributes: [ATTR_RULE, ATTR_SEVERITY],
  },
];
