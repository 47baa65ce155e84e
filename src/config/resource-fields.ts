import type { Field } from './field.ts';
import { boolean, duration, int } from './field-builders.ts';
import type { SettingAt, SettingPath } from './settings.ts';

type ResourcePath = Extract<
  SettingPath,
  'limits.resources' | 'resources.detect' | 'capture.statements' | 'slowQueries.thresholdMs' | 'slowQueries.limit'
>;

/** Settings of caches, pools, databases and batchers. */
export const RESOURCE_FIELDS: { readonly [P in ResourcePath]: Field<SettingAt<P>> } = {
  'limits.resources': int({
    env: 'MCP_VITALS_MAX_RESOURCES',
    min: 1,
    max: 10_000,
    fallback: 50,
    description: 'Caches with series of their own, likewise pools, databases and batchers; the rest shares _OTHER',
  }),
  'resources.detect': boolean({
    env: 'MCP_VITALS_DETECT',
    fallback: true,
    description: 'Finds caches, pools and databases by itself; false leaves those watched from code',
  }),
  'capture.statements': boolean({
    env: 'MCP_VITALS_CAPTURE_STATEMENTS',
    fallback: false,
    description: 'Text of slow database statements in snapshots, without its literals',
  }),
  'slowQueries.thresholdMs': duration({
    env: 'MCP_VITALS_SLOW_QUERY',
    min: 0,
    max: 3_600_000,
    fallback: 100,
    description: 'Time from which a database statement is slow',
  }),
  'slowQueries.limit': int({
    env: 'MCP_VITALS_MAX_SLOW_QUERIES',
    min: 0,
    max: 1000,
    fallback: 20,
    description: 'Slow statements kept per database, the slowest',
  }),
};
