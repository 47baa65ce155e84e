import { CHANNELS_FIELD } from './channel-fields.ts';
import type { Field } from './field.ts';
import { boolean, duration, number } from './field-builders.ts';
import { RULES_FIELD } from './rule-fields.ts';
import type { SettingAt, SettingPath } from './settings.ts';

type AlertPath = Extract<SettingPath, `alerts.${string}` | 'capacity.expectedPerSecond' | 'rules' | 'channels'>;

/** The part of the field table about rules and alerts. */
export const ALERT_FIELDS: { readonly [P in AlertPath]: Field<SettingAt<P>> } = {
  'alerts.enabled': boolean({
    env: 'MCP_VITALS_ALERTS',
    fallback: true,
    description: 'Rules and alerts',
  }),
  'alerts.intervalMs': duration({
    env: 'MCP_VITALS_ALERTS_INTERVAL',
    min: 100,
    max: 60_000,
    fallback: 1000,
    description: 'Time between two evaluations of the rules',
  }),
  rules: RULES_FIELD,
  channels: CHANNELS_FIELD,
  'capacity.expectedPerSecond': number({
    env: 'MCP_VITALS_EXPECTED_RATE',
    min: 0.001,
    max: 1e6,
    fallback: undefined,
    description: 'Operations a second the server is expected to serve; under 80 % of it is an alert',
  }),
};
