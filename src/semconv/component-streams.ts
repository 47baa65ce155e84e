import type { Stream } from './stream.ts';

export const METRIC_COMPONENT_DURATION = 'mcp_vitals.component.duration';

/** Streams about what tools call: components, caches, connection pools, batches. */
export const COMPONENT_STREAMS: readonly Stream[] = [
  {
    name: METRIC_COMPONENT_DURATION,
    kind: 'histogram',
    unit: 's',
    description: 'Time an operation spent in one component it calls; parallel calls count once.',
    attributes: ['gen_ai.tool.name', 'mcp_vitals.component', 'mcp_vitals.component.name'],
  },
];
