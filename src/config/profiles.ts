import type { ProfileName, SettingsByPath } from './settings.ts';

/** What each profile changes of the defaults. The defaults of the field table are those of `production`. */
export const PROFILES: { readonly [N in ProfileName]: SettingsByPath } = {
  development: {
    'traces.sampleRatio': 1,
    'traces.keptChildren': 1000,
    'traces.stageSpans': true,
    'limits.stageOperations': 200,
    summary: 'exit',
  },
  testing: { 'traces.sampleRatio': 1, 'traces.keptChildren': 1000, 'limits.stageOperations': 200 },
  production: {},
  'high-throughput': { 'traces.sampleRatio': 0.01 },
  'low-latency': { 'traces.sampleRatio': 0.05 },
};
