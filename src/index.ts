// The complete public surface of the package root; nothing here has effects at import time.
export type { AlertEvent, AlertListener } from './alerts/alert-events.ts';
export type { SilenceMatcher } from './alerts/silences.ts';
export type { Timing } from './components/timers/timing.ts';
export type {
  AttributePatterns,
  ChannelOptions,
  ConfigProblem,
  OtelMode,
  ProfileName,
  RuleOptions,
  VitalsOptions,
} from './config/index.ts';
export { ConfigError, defineConfig, isConfigError } from './config/index.ts';
export type { LatencySummary, QuantileEstimate } from './core/latency-summary.ts';
export type { AlertNotice, AlertSilence, AlertSnapshot, AlertsSnapshot, Severity } from './core/model/alert.ts';
export type {
  BatchSnapshot,
  CacheSnapshot,
  ComponentKind,
  ComponentSnapshot,
  DatabaseSnapshot,
  PoolSnapshot,
} from './core/model/component.ts';
export type {
  ClientSnapshot,
  OperationSnapshot,
  ProcessSnapshot,
  Snapshot,
  StageTotals,
} from './core/model/snapshot.ts';
export type { ComponentTimer } from './core/model/timing.ts';
export type { BatchRecorder, BatchReport, CacheRecorder, PoolReader, PoolReading } from './core/recorders.ts';
export { VERSION } from './core/version.ts';
export type { ContentDescription, Redact } from './mcp/content.ts';
export type { Alerts } from './sdk/alerts.ts';
export { componentSpanProcessor } from './sdk/component-span-processor.ts';
export { type StartVitalsOptions, startVitals, type Vitals } from './sdk/start-vitals.ts';
export { vitalsViews } from './sdk/views.ts';
export { vitals } from './sdk/vitals.ts';
export type { Watching } from './sdk/watch.ts';
