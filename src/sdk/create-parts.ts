import { TraceFlags } from '@opentelemetry/api';
import type { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { Known } from '../alerts/explain-alert.ts';
import type { VitalsConfig } from '../config/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import type { LiveFigures } from '../core/model/live.ts';
import type { OperationDetail } from '../core/model/operation-detail.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { Suppress } from '../exporters/otlp/pipeline.ts';
import type { Instrumentation } from '../mcp/instrumentation.ts';
import { STAGE_DURATION_BOUNDARIES, withThresholds } from '../semconv/boundaries.ts';
import { type AlertsPart, createAlertsPart } from './alerts-part.ts';
import { createAnomalyPart } from './anomaly-part.ts';
import type { ApplicationApi } from './application-api.ts';
import { createComponentsPart } from './components-part.ts';
import { exportsTraces } from './export-pipeline.ts';
import type { GlobalProviders } from './globals.ts';
import { createGuestMetricsPart } from './guest-metrics-part.ts';
import { createHealthPart, type HealthPart } from './health-part.ts';
import { createHistoryPart, type HistoryPart, type HistoryPartOptions } from './history-part.ts';
import { createLiveFigures } from './live-figures.ts';
import { createObjectivePart, type Objectives } from './objective-part.ts';
import type { ActiveContext } from './otel-bridge.ts';
import type { Part } from './part.ts';
import { createPressurePart } from './pressure-part.ts';
import type { SharedReader } from './providers.ts';
import { recorderSeries, type SelfFigures } from './recorder-series.ts';
import { createResourcesPart } from './resources-part.ts';
import { createRuntimePart } from './runtime-part.ts';
import { seriesOf } from './series-producer.ts';
import { knownEntries, operationFigures, type SnapshotParts, takeSnapshot } from './snapshot.ts';
import type { Tracing } from './wire-tracing.ts';

export interface PartsOptions {
  readonly config: VitalsConfig;
  readonly objectives: Objectives;
  readonly service: Snapshot['service'];
  readonly instrumentation: Instrumentation;
  readonly application: ApplicationApi;
  readonly globals: GlobalProviders;
  readonly contexts: ActiveContext;
  readonly tracing: Tracing;
  readonly meterProvider: MeterProvider;
  readonly reader: SharedReader;
  readonly self: SelfFigures;
  readonly suppress: Suppress;
  /** Port of our own endpoint, whose readers are none of the server's clients; `undefined` while it has none. */
  readonly ownPort: () => number | undefined;
  readonly clock: Clock;
  readonly diag: Diag;
}

/** Every room's share of the running product, in the order in which they hear of an operation and start. */
export interface Parts {
  readonly all: readonly Part[];
  /** Those that are asked for more than a part gives. */
  readonly alerts: AlertsPart;
  readonly past: HistoryPart;
  readonly health: HealthPart | undefined;
  /** Everything measured at this instant. */
  readonly figures: () => Snapshot;
  /** The same with what is made of it: health and recommendations. */
  readonly snapshot: () => Snapshot;
  /** The same in pieces. */
  readonly live: LiveFigures;
  /** Everything about one operation; `undefined` for one nobody has used. */
  readonly detail: (name: string) => OperationDetail | undefined;
}

/** Makes the parts that the configuration asks for. */
export function createParts(options: PartsOptions): Parts {
  const { config, objectives, service, instrumentation, contexts, tracing, reader, suppress, clock, diag } = options;
  const { recorder, clients } = instrumentation;
  const stageOperations = config.stages.enabled ? config.limits.stageOperations : 0;

  // Components settle their time first: objectives on them are judged by it.
  const components =
    config.components.enabled && config.spans.enabled
      ? createComponentsPart({
          boundaries: withThresholds(STAGE_DURATION_BOUNDARIES, objectives.thresholds.component),
          config,
          instrumentation,
          contexts,
          provider: tracing.provider,
        })
      : undefined;
  const runtime = config.runtime.enabled ? createRuntimePart(options) : undefined;
  const isOurs = (port: number | undefined): boolean => port !== undefined && port === options.ownPort();
  const processFigures = () => runtime?.sampler.snapshot();
  const anomalies = config.anomalies.enabled
    ? createAnomalyPart({ config, clock, diag, service, processFigures })
    : undefined;
  const judge = createObjectivePart({ objectives, kept: tracing.kept, clock, diag });
  const known: Known = {
    findings: () => anomalies?.snapshot?.().findings ?? [],
    objective: (id) => judge.objective(id),
    cause: (name) => health?.latest()?.recommendations.find(({ operation }) => operation === name),
  };
  let health: HealthPart | undefined;
  const alerts = createAlertsPart({ config, service, reader, known, suppress, clock, diag });

  const all: Part[] = [];
  const past = createHistoryPart({ recorder, clock, parts: all, traceOf: traceOf(tracing, exportsTraces(config)) });
  const candidates: readonly (Part | undefined)[] = [
    { series: recorderSeries(recorder, { stageOperations, self: options.self, clients }) },
    components,
    runtime,
    runtime && createPressurePart({ config, clock, instrumentation, runtime: runtime.sampler, isOurs }),
    anomalies,
    judge,
    alerts,
    past,
    createResourcesPart({
      config,
      clock,
      diag,
      asker: () => instrumentation.bridge.activeOperation()?.entry,
      calls: components?.calls,
    }),
    guestMetrics(options, stageOperations, () => all),
  ];
  all.push(...candidates.filter((part) => part !== undefined));

  const now = (): SnapshotParts => ({
    recorder,
    clients,
    service,
    dropped: options.self.dropped(),
    timestamp: clock.timeOrigin + clock.now(),
    components: (entry) => components?.of(entry),
  });
  const figures = (): Snapshot => takeSnapshot({ ...now(), sections: all.map((part) => part.snapshot?.() ?? {}) });
  const totals = (): Snapshot['totals'] => past.live?.().totals;
  health = config.health.enabled
    ? createHealthPart({ config, clock, diag, history: past.read, runtime: runtime?.sampler, figures, totals })
    : undefined;
  if (health !== undefined) all.push(health);
  const snapshot = (): Snapshot => health?.complete(figures()) ?? figures();
  const live = createLiveFigures({ figures: now, parts: all, objectives: () => judge.rows() });
  const detail = (name: string): OperationDetail | undefined => {
    const parts = now();
    const entry = knownEntries(recorder).find((candidate) => candidate.name === name);
    if (entry === undefined) return undefined;
    const { timestamp } = parts;
    const operation = operationFigures(entry, parts);
    return { schemaVersion: 1, timestamp, operation, ...past.callsOf(entry), ...judge.of(entry) };
  };
  return { all, alerts, past, health, figures, snapshot, live, detail };
}

/** Of an operation that is a span of the application's own tracer, its sampler has decided. */
function traceOf({ guests }: Tracing, areTracesExported: boolean): HistoryPartOptions['traceOf'] {
  return (operation) => {
    const guest = guests.contextOf(operation);
    if (guest !== undefined) return { traceId: guest.traceId, exported: (guest.traceFlags & TraceFlags.SAMPLED) !== 0 };
    return { traceId: operation.spanContext().traceId, exported: areTracesExported && operation.sampled };
  };
}

function guestMetrics(options: PartsOptions, stageOperations: number, parts: () => readonly Part[]): Part | undefined {
  const { config, instrumentation, objectives, application, globals, clock } = options;
  const { mode, guestMetrics: isWanted } = config.otel;
  if (!isWanted || mode === 'off' || mode === 'propagate') return undefined;
  return createGuestMetricsPart({
    instrumentation,
    series: () => seriesOf(parts()),
    stageOperations,
    thresholds: objectives.thresholds,
    provider: () => (globals.ownsMetrics ? undefined : application.registrations().metrics),
    clock,
  });
}
