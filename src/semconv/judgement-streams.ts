import { ALERT_STREAMS } from './alert-streams.ts';
import { HEALTH_STREAMS } from './health-streams.ts';
import { OBJECTIVE_STREAMS } from './objective-streams.ts';
import type { Stream } from './stream.ts';

export const METRIC_ANOMALY_ACTIVE = 'mcp_vitals.anomaly.active';
export const METRIC_BASELINE_RATIO = 'mcp_vitals.baseline.ratio';

const OPERATION_IDENTITY = ['mcp.method.name', 'gen_ai.tool.name', 'gen_ai.prompt.name'] as const;

/** Streams about what was made of the figures: percentiles, objectives, budgets, alerts, health. */
export const JUDGEMENT_STREAMS: readonly Stream[] = [
  ...OBJECTIVE_STREAMS,
  ...ALERT_STREAMS,
  ...HEALTH_STREAMS,
  {
    name: METRIC_ANOMALY_ACTIVE,
    kind: 'gauge',
    unit: '1',
    description: 'Whether the latency of an operation is unusual now: 1 or 0.',
    attributes: OPERATION_IDENTITY,
  },
  {
    name: METRIC_BASELINE_RATIO,
    kind: 'gauge',
    unit: '1',
    description: 'P95 of the sliding window divided by the P95 of the learned baseline.',
    attributes: OPERATION_IDENTITY,
  },
];
