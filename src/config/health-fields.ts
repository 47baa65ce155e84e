import { map } from './collection-fields.ts';
import type { Field } from './field.ts';
import { boolean, ratio } from './field-builders.ts';
import type { SettingAt, SettingPath } from './settings.ts';

type HealthPath = Extract<SettingPath, `health.${string}`>;

/** The part of the field table about health and recommendations. */
export const HEALTH_FIELDS: { readonly [P in HealthPath]: Field<SettingAt<P>> } = {
  'health.enabled': boolean({
    env: 'MCP_VITALS_HEALTH',
    fallback: true,
    description: 'Health score, recommendations, trends and scaling advice',
  }),
  'health.errorRatio': ratio({
    env: 'MCP_VITALS_HEALTH_ERROR_RATIO',
    fallback: 0.05,
    description: 'Share of failed requests from which points are taken off',
  }),
  'health.memoryWarning': ratio({
    env: 'MCP_VITALS_HEALTH_MEMORY_WARNING',
    fallback: 0.8,
    description: 'Share of the memory limit from which points are taken off',
  }),
  'health.memoryCritical': ratio({
    env: 'MCP_VITALS_HEALTH_MEMORY_CRITICAL',
    fallback: 0.9,
    description: 'Share of the memory limit from which more points are taken off',
  }),
  'health.cpu': ratio({
    env: 'MCP_VITALS_HEALTH_CPU',
    fallback: 0.8,
    description: 'Busy share of a core from which points are taken off',
  }),
  'health.cacheHitRatio': ratio({
    env: 'MCP_VITALS_HEALTH_CACHE_HIT_RATIO',
    fallback: 0.7,
    description: 'Hit ratio of a cache below which points are taken off',
  }),
  'health.weights': map({
    env: 'MCP_VITALS_HEALTH_WEIGHTS',
    fallback: {},
    description:
      'Points for components that miss their objective, exhausted pools and rules that fire, by kind and name or by kind alone: database=20,pool=10,rule queue-deep=15',
  }),
};
