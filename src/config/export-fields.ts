import { map } from './collection-fields.ts';
import type { Field } from './field.ts';
import { boolean, duration, int, oneOf, ratio, url } from './field-builders.ts';
import { PROPAGATIONS, SAMPLER_NAMES, type SettingAt, type SettingPath, SIGNAL_EXPORTERS } from './settings.ts';

type ExportPath = Extract<SettingPath, `${'traces' | 'propagation' | 'metrics' | 'otlp' | 'batch'}.${string}`>;

const DAY_MS = 86_400_000;

/** The part of the field table about what leaves the process over OTLP: traces, metrics, connection, batching. */
export const EXPORT_FIELDS: { readonly [P in ExportPath]: Field<SettingAt<P>> } = {
  'traces.sampleRatio': ratio({
    env: 'MCP_VITALS_SAMPLE_RATIO',
    fallback: 0.1,
    description: 'Share of traces exported; all operations are measured regardless',
  }),
  'traces.sampler': oneOf(SAMPLER_NAMES, {
    env: 'OTEL_TRACES_SAMPLER',
    fallback: undefined,
    description: 'Head sampler; wins over a sample ratio of the same or a weaker origin',
  }),
  'traces.samplerArg': ratio({
    env: 'OTEL_TRACES_SAMPLER_ARG',
    fallback: undefined,
    description: 'Ratio of the traceidratio samplers',
  }),
  'traces.stageSpans': boolean({
    env: 'MCP_VITALS_STAGE_SPANS',
    fallback: false,
    description: 'A child span for every stage',
  }),
  'traces.remoteSampledPerSecond': int({
    env: 'MCP_VITALS_REMOTE_SAMPLED_PER_SECOND',
    min: 0,
    max: 1_000_000,
    fallback: 10,
    description: 'Traces a second exported because a remote caller sampled them; beyond that the sample ratio decides',
  }),
  'traces.keptPerSecond': int({
    env: 'MCP_VITALS_KEPT_PER_SECOND',
    min: 0,
    max: 1_000_000,
    fallback: 10,
    description: 'Traces a second exported because they failed or missed an objective, whatever the sampler said',
  }),
  'traces.keptChildren': int({
    env: 'MCP_VITALS_KEPT_CHILDREN',
    min: 0,
    max: 100_000,
    fallback: 0,
    description:
      'Spans of operations that are not sampled held until the operation is judged, so that a kept trace is whole; 0: none',
  }),
  'traces.exporter': oneOf(SIGNAL_EXPORTERS, {
    env: 'OTEL_TRACES_EXPORTER',
    fallback: 'otlp',
    description: 'Export of traces; off anyway without an OTLP endpoint',
  }),
  'propagation.outbound': oneOf(PROPAGATIONS, {
    env: 'MCP_VITALS_PROPAGATION',
    fallback: 'clients',
    description: 'Trace context in `_meta` of messages sent: by clients, by servers too (all), or never',
  }),
  'propagation.baggage': boolean({
    env: 'MCP_VITALS_PROPAGATION_BAGGAGE',
    fallback: false,
    description: 'OpenTelemetry baggage in `_meta`: accepted, and sent where trace context is',
  }),
  'metrics.exporter': oneOf(SIGNAL_EXPORTERS, {
    env: 'OTEL_METRICS_EXPORTER',
    fallback: 'otlp',
    description: 'Export of metrics; off anyway without an OTLP endpoint',
  }),
  'metrics.exportIntervalMs': duration({
    env: 'OTEL_METRIC_EXPORT_INTERVAL',
    min: 10,
    max: DAY_MS,
    fallback: 60_000,
    description: 'Time between two exports of metrics',
  }),
  'metrics.temporality': oneOf(['cumulative'], {
    env: 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    fallback: 'cumulative',
    description: 'Temporality of exported metrics',
  }),
  'otlp.endpoint': url({
    env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    fallback: undefined,
    description: 'OTLP receiver of both signals; /v1/traces and /v1/metrics are appended',
  }),
  'otlp.tracesEndpoint': url({
    env: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    fallback: undefined,
    description: 'OTLP receiver of traces, used as it stands',
  }),
  'otlp.metricsEndpoint': url({
    env: 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
    fallback: undefined,
    description: 'OTLP receiver of metrics, used as it stands',
  }),
  'otlp.protocol': oneOf(['http/protobuf'], {
    env: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    fallback: 'http/protobuf',
    description: 'OTLP transport',
  }),
  'otlp.headers': map({
    env: 'OTEL_EXPORTER_OTLP_HEADERS',
    fallback: {},
    secret: true,
    description: 'Headers of OTLP requests',
  }),
  'otlp.timeoutMs': duration({
    env: 'OTEL_EXPORTER_OTLP_TIMEOUT',
    min: 1,
    max: 600_000,
    fallback: 10_000,
    description: 'Longest wait for an OTLP request',
  }),
  'batch.maxQueueSize': int({
    env: 'OTEL_BSP_MAX_QUEUE_SIZE',
    min: 1,
    max: 1_000_000,
    fallback: 2048,
    description: 'Spans waiting for export; more are dropped and counted',
  }),
  'batch.maxExportBatchSize': int({
    env: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    min: 1,
    max: 1_000_000,
    fallback: 512,
    description: 'Spans in one export',
  }),
  'batch.scheduleDelayMs': duration({
    env: 'OTEL_BSP_SCHEDULE_DELAY',
    min: 1,
    max: DAY_MS,
    fallback: 5000,
    description: 'Longest time a span waits for its batch',
  }),
};
