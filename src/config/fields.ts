import { LOG_LEVELS } from '../core/diag.ts';
import { ALERT_FIELDS } from './alert-fields.ts';
import { list, map } from './collection-fields.ts';
import { EXPORT_FIELDS } from './export-fields.ts';
import type { Field } from './field.ts';
import { boolean, bytes, duration, int, oneOf, orWord, string } from './field-builders.ts';
import { HEALTH_FIELDS } from './health-fields.ts';
import { FAST_TOOLS_FIELD, OBJECTIVES_FIELD } from './objective-fields.ts';
import { RESOURCE_FIELDS } from './resource-fields.ts';
import { OTEL_MODES, PROFILE_NAMES, type SettingAt, type SettingPath } from './settings.ts';

/** A field for every setting, of that setting's type: leaving one out or adding one does not compile. */
export type FieldTable = { readonly [P in SettingPath]: Field<SettingAt<P>> };

const DAY_MS = 86_400_000;
const MIB = 1024 ** 2;

/** What can stand in an HTTP header: visible ASCII. */
const TOKEN_PATTERN = /^[\u0021-\u007e]+$/;

/** The one table of all settings, in the order of the options table. Each environment variable stands in it once. */
export const FIELDS: FieldTable = {
  profile: oneOf(PROFILE_NAMES, {
    env: 'MCP_VITALS_PROFILE',
    fallback: 'production',
    description: 'Set of defaults',
  }),
  configFile: string({
    env: 'MCP_VITALS_CONFIG',
    fallback: undefined,
    maxLength: 4096,
    description: 'Configuration file; otherwise mcp-vitals.config.{json,yaml,yml,js,mjs} in the working directory',
  }),
  disabled: boolean({
    env: 'OTEL_SDK_DISABLED',
    fallback: false,
    description: 'Switches everything off; true in the environment wins over code',
  }),
  'otel.mode': oneOf(OTEL_MODES, {
    env: 'MCP_VITALS_OTEL',
    fallback: 'auto',
    description:
      'Whose OpenTelemetry: ours, that of the application, trace context passed on and nothing else, or none at all',
  }),
  'otel.guestMetrics': boolean({
    env: 'MCP_VITALS_GUEST_METRICS',
    fallback: false,
    description:
      'Where the application has a meter provider of its own, our streams are recorded through it too, for its readers',
  }),
  'log.level': oneOf(LOG_LEVELS, {
    env: 'MCP_VITALS_LOG',
    fallback: 'warn',
    description: 'Diagnostics of mcp-vitals itself, on stderr',
  }),
  'status.enabled': boolean({
    fallback: true,
    description:
      'Status endpoint with page, /metrics and /health; giving a port switches it on, port off switches it off',
  }),
  'status.port': orWord(
    ['off'],
    int({
      env: 'MCP_VITALS_PORT',
      min: 0,
      max: 65_535,
      fallback: 9464,
      description: 'Port of the status endpoint; the next free one when taken, 0 for any free one',
    }),
    9464,
  ),
  'status.host': string({
    env: 'MCP_VITALS_HOST',
    fallback: '127.0.0.1',
    maxLength: 255,
    pattern: /^[A-Za-z0-9._:%-]+$/,
    expected: 'a host name or an IP address',
    description: 'Address the status endpoint listens on',
  }),
  'status.token': string({
    env: 'MCP_VITALS_TOKEN',
    fallback: undefined,
    secret: true,
    pattern: TOKEN_PATTERN,
    expected: 'at most 1024 visible ASCII characters without space',
    description:
      'Token that callers of the status endpoint must present; an unacceptable one switches the endpoint off',
  }),
  'status.discoveryDir': string({
    env: 'MCP_VITALS_DISCOVERY_DIR',
    fallback: undefined,
    maxLength: 4096,
    description: 'Folder of the discovery files, one per process',
  }),
  'status.allowedOrigins': list({
    env: 'MCP_VITALS_ALLOWED_ORIGINS',
    fallback: [],
    pattern: /^[a-z][a-z0-9+.-]*:\/\/[A-Za-z0-9._[\]:-]+$/,
    expected: 'at most 128 origins such as https://desk.example, separated by commas',
    description:
      'Origins of other user interfaces that may read the figures from a browser and show the page in a frame',
  }),
  'status.traceUrl': string({
    env: 'MCP_VITALS_TRACE_URL',
    fallback: undefined,
    maxLength: 2048,
    pattern: /^https?:\/\/[^\s"'<>]*\{traceId\}[^\s"'<>]*$/,
    expected: 'an http:// or https:// URL with {traceId} in it',
    description: 'Where the page links trace ids to, such as http://localhost:16686/trace/{traceId}',
  }),
  'service.name': string({
    env: 'OTEL_SERVICE_NAME',
    fallback: undefined,
    maxLength: 255,
    description: 'Name of the service; otherwise service.name of the resource attributes',
  }),
  'resource.attributes': map({
    env: 'OTEL_RESOURCE_ATTRIBUTES',
    fallback: {},
    description: 'Further attributes of the resource',
  }),
  'spans.enabled': boolean({
    env: 'MCP_VITALS_SPANS',
    fallback: true,
    description: 'Spans; metrics only when false',
  }),
  'stages.enabled': boolean({
    env: 'MCP_VITALS_STAGES',
    fallback: true,
    description: 'Splitting of every request into stages',
  }),
  'components.enabled': boolean({
    env: 'MCP_VITALS_COMPONENTS',
    fallback: true,
    description: 'Time of what tools call: databases, caches, HTTP, models; needs spans',
  }),
  ...EXPORT_FIELDS,
  'limits.tools': int({
    env: 'MCP_VITALS_MAX_TOOLS',
    min: 1,
    max: 10_000,
    fallback: 200,
    description: 'Tool names with series of their own; the rest shares _OTHER',
  }),
  'limits.prompts': int({
    env: 'MCP_VITALS_MAX_PROMPTS',
    min: 1,
    max: 10_000,
    fallback: 200,
    description: 'Prompt names with series of their own; the rest shares _OTHER',
  }),
  'limits.methods': int({
    env: 'MCP_VITALS_MAX_METHODS',
    min: 1,
    max: 10_000,
    fallback: 100,
    description: 'Methods with series of their own; the rest shares _OTHER',
  }),
  'limits.stageOperations': int({
    env: 'MCP_VITALS_MAX_STAGE_OPERATIONS',
    min: 1,
    max: 10_000,
    fallback: 20,
    description: 'Operations whose stage series are exported, those with the most time in them first; all are measured',
  }),
  'limits.components': int({
    env: 'MCP_VITALS_MAX_COMPONENTS',
    min: 1,
    max: 1000,
    fallback: 50,
    description: 'Components with series of their own; the rest of each kind shares _OTHER',
  }),
  ...RESOURCE_FIELDS,
  windowMs: duration({
    env: 'MCP_VITALS_WINDOW',
    min: 1000,
    max: 3_600_000,
    fallback: 60_000,
    description: 'Sliding window of percentiles and rates',
  }),
  objectives: OBJECTIVES_FIELD,
  'tools.fast': FAST_TOOLS_FIELD,
  'anomalies.enabled': boolean({
    env: 'MCP_VITALS_ANOMALIES',
    fallback: true,
    description: 'Detection of unusual latency and of regressions against a learned baseline',
  }),
  'state.dir': string({
    env: 'MCP_VITALS_STATE_DIR',
    fallback: undefined,
    maxLength: 4096,
    description: 'Folder for what was learned about a service, so that it survives a restart',
  }),
  'spool.dir': string({
    env: 'MCP_VITALS_SPOOL_DIR',
    fallback: undefined,
    maxLength: 4096,
    description: 'Folder for telemetry that could not be sent before the process ended',
  }),
  'spool.maxBytes': bytes({
    env: 'MCP_VITALS_SPOOL_MAX_BYTES',
    min: 4096,
    max: 1024 * MIB,
    fallback: 4 * MIB,
    description: 'Bound of that folder',
  }),
  'shutdown.timeoutMs': duration({
    env: 'MCP_VITALS_SHUTDOWN_TIMEOUT',
    min: 1,
    max: 2000,
    fallback: 1500,
    description: 'Longest time the last export may take when the process ends',
  }),
  summary: orWord(
    ['off', 'exit'],
    duration({
      env: 'MCP_VITALS_SUMMARY',
      min: 1000,
      max: DAY_MS,
      fallback: 60_000,
      description: 'Table of figures on stderr: when the process ends, or also repeatedly at an interval',
    }),
    'off',
  ),
  'capture.content': boolean({
    env: 'MCP_VITALS_CAPTURE_CONTENT',
    fallback: false,
    description: 'Arguments and results on spans',
  }),
  'capture.maxBytes': bytes({
    env: 'MCP_VITALS_CAPTURE_MAX_BYTES',
    min: 16,
    max: MIB,
    fallback: 4096,
    description: 'Bound of each captured content',
  }),
  'runtime.enabled': boolean({
    env: 'MCP_VITALS_RUNTIME',
    fallback: true,
    description: 'Figures of process, memory, event loop and host; the pressure',
  }),
  'runtime.intervalMs': duration({
    env: 'MCP_VITALS_RUNTIME_INTERVAL',
    min: 100,
    max: 60_000,
    fallback: 1000,
    description: 'Time between two samples of those',
  }),
  'runtime.hostIntervalMs': duration({
    env: 'MCP_VITALS_HOST_INTERVAL',
    min: 1000,
    max: 300_000,
    fallback: 5000,
    description: 'Time between two readings of the host and the container',
  }),
  'capacity.concurrency': int({
    env: 'MCP_VITALS_CAPACITY',
    min: 1,
    max: 1_000_000,
    fallback: undefined,
    description: 'Requests in flight the server is built for; the pressure counts them against it',
  }),
  ...ALERT_FIELDS,
  ...HEALTH_FIELDS,
};

/** All paths, in the order of the table. */
export const SETTING_PATHS: readonly SettingPath[] = Object.keys(FIELDS) as SettingPath[];

/** The field at a path, its type erased; what its parser gives may be stored under that path only. */
export function fieldAt(path: SettingPath): Field<unknown> {
  return FIELDS[path];
}

/** Whether a dotted text is the path of a setting. */
export function isSettingPath(text: string): text is SettingPath {
  return Object.hasOwn(FIELDS, text);
}
