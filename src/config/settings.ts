import type { LogLevel } from '../core/diag.ts';
import type { ChannelOptions } from './channel-fields.ts';
import type { ObjectiveOptions } from './objective-fields.ts';
import type { RuleOptions } from './rule-fields.ts';

/** Sets of defaults, chosen by `profile`; what each one changes stands in `profiles.ts`. */
export const PROFILE_NAMES = ['development', 'testing', 'production', 'high-throughput', 'low-latency'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** Whose OpenTelemetry is used: decided at start, ours, the application's, context propagation only, or none. */
export const OTEL_MODES = ['auto', 'own', 'guest', 'propagate', 'off'] as const;
export type OtelMode = (typeof OTEL_MODES)[number];

/** The names `OTEL_TRACES_SAMPLER` may have. */
export const SAMPLER_NAMES = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof SAMPLER_NAMES)[number];

export const SIGNAL_EXPORTERS = ['otlp', 'none'] as const;
export type SignalExporter = (typeof SIGNAL_EXPORTERS)[number];

/** On whose messages trace context leaves: those of clients, of servers too, or none. */
export const PROPAGATIONS = ['clients', 'all', 'off'] as const;
export type Propagation = (typeof PROPAGATIONS)[number];

/** Names with values, as in `OTEL_RESOURCE_ATTRIBUTES`. */
export type TextMap = Readonly<Record<string, string>>;

/**
 * Everything that can be set, with every setting present. Descriptions, defaults, ranges and environment variables stand
 * in the field table, which is checked against this type; `undefined` marks settings without a default.
 */
export interface VitalsSettings {
  readonly profile: ProfileName;
  readonly configFile: string | undefined;
  readonly disabled: boolean;
  readonly otel: { readonly mode: OtelMode; readonly guestMetrics: boolean };
  readonly log: { readonly level: LogLevel };
  readonly status: {
    readonly enabled: boolean;
    readonly port: number | 'off';
    readonly host: string;
    readonly token: string | undefined;
    readonly discoveryDir: string | undefined;
    readonly allowedOrigins: readonly string[];
    readonly traceUrl: string | undefined;
  };
  readonly service: { readonly name: string | undefined };
  readonly resource: { readonly attributes: TextMap };
  readonly spans: { readonly enabled: boolean };
  readonly stages: { readonly enabled: boolean };
  readonly components: { readonly enabled: boolean };
  readonly traces: {
    readonly sampleRatio: number;
    readonly sampler: SamplerName | undefined;
    readonly samplerArg: number | undefined;
    readonly stageSpans: boolean;
    readonly remoteSampledPerSecond: number;
    readonly keptPerSecond: number;
    readonly keptChildren: number;
    readonly exporter: SignalExporter;
  };
  readonly propagation: { readonly outbound: Propagation; readonly baggage: boolean };
  readonly metrics: {
    readonly exporter: SignalExporter;
    readonly exportIntervalMs: number;
    readonly temporality: 'cumulative';
  };
  readonly otlp: {
    readonly endpoint: string | undefined;
    readonly tracesEndpoint: string | undefined;
    readonly metricsEndpoint: string | undefined;
    readonly protocol: 'http/protobuf';
    readonly headers: TextMap;
    readonly timeoutMs: number;
  };
  readonly batch: {
    readonly maxQueueSize: number;
    readonly maxExportBatchSize: number;
    readonly scheduleDelayMs: number;
  };
  readonly limits: {
    readonly tools: number;
    readonly prompts: number;
    readonly methods: number;
    readonly stageOperations: number;
    readonly components: number;
    readonly resources: number;
  };
  readonly windowMs: number;
  readonly objectives: readonly ObjectiveOptions[];
  readonly tools: { readonly fast: readonly string[] };
  readonly anomalies: { readonly enabled: boolean };
  readonly state: { readonly dir: string | undefined };
  readonly spool: { readonly dir: string | undefined; readonly maxBytes: number };
  readonly shutdown: { readonly timeoutMs: number };
  readonly summary: 'off' | 'exit' | number;
  readonly capture: { readonly content: boolean; readonly maxBytes: number; readonly statements: boolean };
  readonly resources: { readonly detect: boolean };
  readonly slowQueries: { readonly thresholdMs: number; readonly limit: number };
  readonly runtime: { readonly enabled: boolean; readonly intervalMs: number; readonly hostIntervalMs: number };
  readonly capacity: { readonly concurrency: number | undefined; readonly expectedPerSecond: number | undefined };
  readonly alerts: { readonly enabled: boolean; readonly intervalMs: number };
  readonly health: {
    readonly enabled: boolean;
    readonly errorRatio: number;
    readonly memoryWarning: number;
    readonly memoryCritical: number;
    readonly cpu: number;
    readonly cacheHitRatio: number;
    readonly weights: TextMap;
  };
  readonly rules: readonly RuleOptions[];
  readonly channels: readonly ChannelOptions[];
}

/** A section holds settings; a list, or a map such as `resource.attributes`, is itself one setting. */
type IsSection<T> = T extends readonly unknown[]
  ? false
  : T extends object
    ? string extends keyof T
      ? false
      : true
    : false;

/** Dotted path of every setting: `status.port`, `windowMs`. */
export type SettingPath = {
  [K in keyof VitalsSettings & string]: IsSection<VitalsSettings[K]> extends true
    ? `${K}.${keyof VitalsSettings[K] & string}`
    : K;
}[keyof VitalsSettings & string];

/** Type of the setting at a path. */
export type SettingAt<P extends SettingPath> = P extends `${infer S}.${infer K}`
  ? S extends keyof VitalsSettings
    ? K extends keyof VitalsSettings[S]
      ? VitalsSettings[S][K]
      : never
    : never
  : P extends keyof VitalsSettings
    ? VitalsSettings[P]
    : never;

/** Some settings by path, as a profile gives them. */
export type SettingsByPath = { readonly [P in SettingPath]?: SettingAt<P> };

/** What the user writes, in code or in a configuration file; every option may be left out. */
export type VitalsOptions = {
  readonly [S in keyof VitalsSettings]?:
    | (IsSection<VitalsSettings[S]> extends true
        ? { readonly [K in keyof VitalsSettings[S]]?: VitalsSettings[S][K] | undefined }
        : VitalsSettings[S])
    | undefined;
};
