import { SEVERITIES, type Severity } from '../core/model/alert.ts';
import { map } from './collection-fields.ts';
import type { Field } from './field.ts';
import { duration, oneOf, string, url } from './field-builders.ts';
import { type ItemsField, items } from './item-fields.ts';
import type { TextMap } from './settings.ts';

export const CHANNEL_TYPES = ['log', 'webhook', 'alertmanager', 'otel'] as const;

export const WEBHOOK_FORMATS = ['json', 'slack'] as const;

/** Where alerts go, one of possibly many. */
export interface ChannelOptions {
  /** `log`: stderr. `webhook`: a POST of JSON. `alertmanager`: its API v2. `otel`: a log record of the application's OpenTelemetry. */
  readonly type: (typeof CHANNEL_TYPES)[number];
  /** Address of a webhook, or base address of an Alertmanager. */
  readonly url?: string | undefined;
  /** Secret that signs webhook requests (HMAC-SHA256). */
  readonly secret?: string | undefined;
  /** What a webhook gets: our own JSON, or a message for an incoming webhook of Slack. @default 'json' */
  readonly format?: (typeof WEBHOOK_FORMATS)[number] | undefined;
  /** Headers of the requests, such as `Authorization`. */
  readonly headers?: TextMap | undefined;
  /** Longest wait for an answer, milliseconds. @default 5000 */
  readonly timeout?: number | undefined;
  /** Time between two reports of a firing alert to an Alertmanager, milliseconds. @default 60000 */
  readonly resend?: number | undefined;
  /** Least severe alert that is sent. @default 'info' */
  readonly severity?: Severity | undefined;
}

const FIELDS: { readonly [K in keyof ChannelOptions]-?: Field<ChannelOptions[K]> } = {
  type: oneOf(CHANNEL_TYPES, { fallback: 'log', description: 'Kind of channel' }) as Field<ChannelOptions['type']>,
  url: url({ fallback: undefined, description: 'Address', secret: true }),
  secret: string({ fallback: undefined, secret: true, description: 'Secret that signs webhook requests' }),
  format: oneOf(WEBHOOK_FORMATS, { fallback: undefined, description: 'What a webhook gets' }),
  headers: { ...map({ fallback: {}, secret: true, description: 'Headers of the requests' }), fallback: undefined },
  timeout: duration({ min: 100, max: 60_000, fallback: undefined, description: 'Longest wait for an answer' }),
  resend: duration({
    min: 1000,
    max: 3_600_000,
    fallback: undefined,
    description: 'Time between two reports of a firing alert',
  }),
  severity: oneOf(SEVERITIES, { fallback: undefined, description: 'Least severe alert that is sent' }),
};

/** Which types take which properties. */
const ONLY_FOR: { readonly [K in keyof ChannelOptions]?: readonly ChannelOptions['type'][] } = {
  url: ['webhook', 'alertmanager'],
  headers: ['webhook', 'alertmanager'],
  timeout: ['webhook', 'alertmanager'],
  secret: ['webhook'],
  format: ['webhook'],
  resend: ['alertmanager'],
};

function checkChannel(
  channel: ChannelOptions,
  problem: (property: keyof ChannelOptions | '', expected: string) => void,
): void {
  for (const [property, types] of Object.entries(ONLY_FOR) as [keyof ChannelOptions, readonly string[]][]) {
    if (channel[property] !== undefined && !types.includes(channel.type)) {
      problem(property, `the type ${types.join(' or ')} beside it`);
    }
  }
  if (channel.url === undefined && ONLY_FOR.url?.includes(channel.type)) problem('url', FIELDS.url.expected);
}

/** The setting `channels`. */
export const CHANNELS_FIELD: ItemsField<ChannelOptions> = items<ChannelOptions>({
  env: 'MCP_VITALS_CHANNELS',
  fallback: [{ type: 'log' }],
  secret: true,
  description: 'Where alerts go instead of the default one, the log on stderr',
  items: 'channels',
  fields: FIELDS,
  required: ['type'],
  check: checkChannel,
  maxItems: 20,
});
