import type { Stream } from './stream.ts';

export const METRIC_HEALTH_SCORE = 'mcp_vitals.health.score';
/** Part of the whole a score is about; absent on the score of the whole. */
export const ATTR_HEALTH_COMPONENT = 'mcp_vitals.health.component';

/** Streams about the health. */
export const HEALTH_STREAMS: readonly Stream[] = [
  {
    name: METRIC_HEALTH_SCORE,
    kind: 'gauge',
    unit: '{point}',
    description:
      'Health, 0 to 100: of the whole, and by component where one is named. Excellent from 90, good from 75, warning from 50.',
    attributes: [ATTR_HEALTH_COMPONENT],
  },
];
