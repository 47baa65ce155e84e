import type { Stream } from './stream.ts';

export const METRIC_PRESSURE = 'mcp_vitals.pressure';
export const METRIC_PRESSURE_CAUSES = 'mcp_vitals.pressure.causes';
export const ATTR_PRESSURE_CAUSE = 'mcp_vitals.pressure.cause';

/** Streams about how close the process is to overload. */
export const PRESSURE_STREAMS: readonly Stream[] = [
  {
    name: METRIC_PRESSURE,
    kind: 'gauge',
    unit: '1',
    description: 'How close the process is to overload, 0 to 1: the largest of the causes.',
    attributes: [],
  },
  {
    name: METRIC_PRESSURE_CAUSES,
    kind: 'gauge',
    unit: '1',
    description: 'How close each cause is to overload, 0 to 1; a cause that cannot be told has no point.',
    attributes: [ATTR_PRESSURE_CAUSE],
  },
];
