import { trace } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { ResolvedConfig } from '../config/index.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { VERSION } from '../core/version.ts';
import { formatInflux } from '../exporters/influx/formatter.ts';
import type { OtlpPipeline, Suppress } from '../exporters/otlp/pipeline.ts';
import { PrometheusFormatter } from '../exporters/prometheus/formatter.ts';
import type { Redact } from '../mcp/content.ts';
import type { ContextBridge } from '../mcp/context-bridge.ts';
import type { Instrumentation } from '../mcp/instrumentation.ts';
import type { ProtocolLike } from '../mcp/sdk-shapes.ts';
import { OPERATION_DURATION_BOUNDARIES, STAGE_DURATION_BOUNDARIES, withThresholds } from '../semconv/boundaries.ts';
import { createStatusServer } from '../status/status-server.ts';
import { createAlertsPart } from './alerts-part.ts';
import { createAnomalyPart } from './anomaly-part.ts';
import { importedCopy, inspectApplication, type Registrations, UNTOUCHED_APPLICATION } from './application-api.ts';
import { componentSpanProcessor } from './component-span-processor.ts';
import { createComponentsPart } from './components-part.ts';
import { VitalsContextManager } from './context-manager.ts';
import { activeContext } from './contexts.ts';
import { DelegatingTracerProvider } from './delegating-tracer.ts';
import { reportAtExit } from './exit-report.ts';
import { exportOperations } from './export-operations.ts';
import { createExportPipeline, exportsAnything, exportsTraces } from './export-pipeline.ts';
import { decideAdoption, GlobalProviders } from './globals.ts';
import { createGuestBridge } from './guest-bridge.ts';
import { createGuestMetricsPart } from './guest-metrics-part.ts';
import { GuestSpans } from './guest-spans.ts';
import { createHealthPart } from './health-part.ts';
import { createHistoryPart } from './history-part.ts';
import { KeptTraces } from './kept-traces.ts';
import { createObjectivePart, objectivesOf } from './objective-part.ts';
import { createOtelBridge, followHttpArrivals } from './otel-bridge.ts';
import type { Part } from './part.ts';
import { createPressurePart } from './pressure-part.ts';
import { createPropagationBridge, withoutContext } from './propagation-bridge.ts';
import { createMetrics, createTracing } from './providers.ts';
import { recorderSeries } from './recorder-series.ts';
import { createResource, serviceIdentity } from './resource.ts';
import { createResourcesPart } from './resources-part.ts';
import type { Running } from './running.ts';
import { createRuntimePart } from './runtime-part.ts';
import { RemoteSampling } from './sampling.ts';
import { SeriesProducer } from './series-producer.ts';
import { createAlertSilencer } from './silence-alert.ts';
import { takeSnapshot } from './snapshot.ts';
import { formatSummary } from './summary-text.ts';

export interface StartOptions {
  readonly instrumentation: Instrumentation;
  readonly config: ResolvedConfig;
  readonly diag: Diag;
  /** The protocol object that connected first: its server names the service. */
  readonly protocol?: ProtocolLike | undefined;
  /** Applied to content before it is recorded, where recording content is switched on. */
  readonly redact?: Redact | undefined;
  readonly clock?: Clock;
}

/** Wires the rooms: series, providers, context, export, runtime figures, status endpoint. */
export async function start(options: StartOptions): Promise<Running> {
  const { instrumentation, diag } = options;
  const { recorder, clients } = instrumentation;
  const config = options.config.values;
  const clock = options.clock ?? systemClock;
  const wallTime = (): number => clock.timeOrigin + clock.now();
  diag.level = config.log.level;
  const objectives = objectivesOf(config);
  const boundaries = withThresholds(OPERATION_DURATION_BOUNDARIES, objectives.thresholds.operation);
  const stageBoundaries = withThresholds(STAGE_DURATION_BOUNDARIES, objectives.thresholds.stage);
  const inexact = recorder.configure({ names: config.limits, windowMs: config.windowMs, boundaries, stageBoundaries });
  if (inexact > 0)
    diag.info('early', `${inexact} durations before the configuration was read are in buckets by their old bucket`);
  clients.configure({ names: config.limits, windowMs: config.windowMs });
  const remote = new RemoteSampling(config.traces.remoteSampledPerSecond, instrumentation.now);
  const service = serviceIdentity(config, options.protocol);
  const resource = createResource(config, service);
  const { mode } = config.otel;
  const imported = mode === 'off' ? undefined : await importedCopy();
  const application = mode === 'off' ? UNTOUCHED_APPLICATION : inspectApplication(undefined, imported);
  const globals = new GlobalProviders(application, diag);
  const contextManager = new VitalsContextManager();
  const contexts = activeContext(globals, application, contextManager);

  const figures = {
    dropped: () => ({ ...pipeline.dropped(), ...alertsPart.dropped() }),
    queueSizes: () => ({ ...pipeline.queueSizes() }),
    remoteSampledLimited: () => remote.limited,
  };
  const stageOperations = config.stages.enabled ? config.limits.stageOperations : 0;
  const parts: Part[] = [{ series: recorderSeries(recorder, { stageOperations, self: figures, clients }) }];
  const producer = new SeriesProducer(() => parts.flatMap((part) => part.series?.() ?? []), {
    startedAt: clock.timeOrigin + recorder.startedAt,
    now: wallTime,
    version: VERSION,
  });
  const { provider: meterProvider, reader } = createMetrics(resource, producer);
  const suppress: Suppress = (fn) => contexts.run(suppressTracing(contexts.active()), fn);
  const pipeline: OtlpPipeline = createExportPipeline(config, {
    service: service.name,
    resource,
    reader,
    producer,
    suppress,
    clock,
    diag,
  });

  const kept = new KeptTraces({
    perSecond: config.traces.keptPerSecond,
    children: exportsTraces(config) ? config.traces.keptChildren : 0,
    now: instrumentation.now,
    export: (span) => pipeline.addSpan(span),
  });
  const measured = config.components.enabled && config.spans.enabled;
  const tracing = createTracing(resource, config.traces.sampler, {
    remote,
    kept,
    add: (span) => pipeline.addSpan(span),
    processors: measured ? [componentSpanProcessor()] : [],
  });
  const tracerProvider = new DelegatingTracerProvider(tracing, contexts);
  globals.register(decideAdoption(mode, application), { tracerProvider, meterProvider, contextManager });
  const { timeOrigin } = clock;
  const guests = new GuestSpans(() => application.registrations().trace, timeOrigin);
  if (config.spans.enabled) {
    const { baggage } = config.propagation;
    const bridge = (): ContextBridge => createOtelBridge(contexts, contextManager, trace, { baggage });
    if (mode === 'off') instrumentation.bridge = withoutContext(bridge());
    else if (mode === 'propagate')
      instrumentation.bridge = createPropagationBridge(contexts, contextManager, { baggage });
    else instrumentation.bridge = createGuestBridge(bridge(), { globals, spans: guests, contexts, baggage });
    followHttpArrivals(contextManager, instrumentation.now);
  }
  // Who only passes context on makes no spans, not in the tracer of the application either.
  const tracerProviderNow = (): Registrations['trace'] =>
    mode === 'propagate' ? undefined : application.registrations().trace;
  const components = measured
    ? createComponentsPart({
        boundaries: withThresholds(STAGE_DURATION_BOUNDARIES, objectives.thresholds.component),
        config,
        instrumentation,
        contexts,
        provider: tracerProviderNow,
      })
    : undefined;
  if (components !== undefined) parts.push(components);
  const runtime = config.runtime.enabled ? createRuntimePart({ config, clock, diag, meterProvider }) : undefined;
  if (runtime !== undefined) {
    const isOurs = (port: number | undefined): boolean => port !== undefined && port === bound?.port;
    const { sampler } = runtime;
    parts.push(runtime, createPressurePart({ config, clock, instrumentation, runtime: sampler, isOurs }));
  }
  const processFigures = () => runtime?.sampler.snapshot();
  const anomalies = config.anomalies.enabled
    ? createAnomalyPart({ config, clock, diag, service, processFigures })
    : undefined;
  if (anomalies !== undefined) parts.push(anomalies);

  parts.push(createObjectivePart({ objectives, kept, clock, diag }));
  const findings = () => anomalies?.snapshot?.().findings ?? [];
  const alertsPart = createAlertsPart({ config, service, reader, findings, suppress, clock, diag });
  parts.push(alertsPart);

  const past = createHistoryPart({ recorder, clock, parts });
  parts.push(past);

  parts.push(
    createResourcesPart({ config, clock, diag, asker: () => instrumentation.bridge.activeOperation()?.entry }),
  );

  if (config.otel.guestMetrics && mode !== 'off' && mode !== 'propagate') {
    parts.push(
      createGuestMetricsPart({
        instrumentation,
        series: () => parts.flatMap((part) => part.series?.() ?? []),
        stageOperations,
        thresholds: objectives.thresholds,
        provider: () => (globals.ownsMetrics ? undefined : application.registrations().metrics),
        clock,
      }),
    );
  }

  const measuredFigures = (): Snapshot =>
    takeSnapshot({
      recorder,
      clients,
      service,
      dropped: figures.dropped(),
      timestamp: wallTime(),
      components: (entry) => components?.of(entry),
      sections: parts.map((part) => part.snapshot?.() ?? {}),
    });
  const health = config.health.enabled
    ? createHealthPart({
        config,
        clock,
        diag,
        history: past.read,
        runtime: runtime?.sampler,
        figures: measuredFigures,
      })
    : undefined;
  if (health !== undefined) parts.push(health);
  const snapshot = (): Snapshot => health?.complete(measuredFigures()) ?? measuredFigures();
  const formatter = new PrometheusFormatter();
  const metricsText = async (): Promise<string> => formatter.format(await reader.metrics());
  const summaryText = (): string => formatSummary(snapshot());
  const status = createStatusServer({
    host: config.status.host,
    port: config.status.port,
    token: config.status.token,
    discoveryDir: config.status.discoveryDir,
    allowedOrigins: config.status.allowedOrigins,
    page: { traceUrl: config.status.traceUrl },
    service: () => service,
    sources: {
      metricsText,
      snapshot,
      summaryText,
      influxText: async () => formatInflux(await reader.metrics()),
      history: past.read,
      ...(config.alerts.enabled ? { silence: createAlertSilencer(alertsPart.alerts, wallTime) } : {}),
      operation: (name) => past.detail(measuredFigures(), name),
      health: () => health?.latest(),
    },
    diag,
    clock,
  });
  const bound = config.status.enabled ? await status.start() : undefined;

  // From here on nothing is awaited: what finishes is either among the early operations or exported, whenever the process ends.
  const { redact } = options;
  const finished = { instrumentation, pipeline, remote, resource, guests, kept, redact, timeOrigin, parts };
  exportOperations(config, finished);
  pipeline.start();
  for (const part of parts) part.start?.();

  const printSummary = (): void => void process.stderr.write(summaryText());
  const { summary } = config;
  const summaryTimer = typeof summary === 'number' ? clock.every(summary, printSummary) : undefined;

  const endSessions = (): void => {
    recorder.sessions.endAll();
    clients.sessions.endAll();
  };
  const printAtExit = summary === 'exit' ? once(printSummary) : (): void => {};

  return {
    config: options.config,
    url: bound?.url,
    exporting: exportsAnything(config) || alertsPart.delivers,
    alerts: alertsPart.alerts,
    snapshot,
    summary: summaryText,
    metricsText,
    async flush(ending) {
      if (ending) endSessions();
      const { timeoutMs } = config.shutdown;
      const [sent, told] = await Promise.all([pipeline.flush(timeoutMs), alertsPart.flush(timeoutMs)]);
      return sent.complete && told;
    },
    keepUnsentSync() {
      printAtExit();
      endSessions();
      for (const part of parts) part.ending?.();
      status.withdrawSync();
      const { traces: spans } = pipeline.queueSizes();
      reportAtExit(diag, service.name, { spans, notices: alertsPart.takeUndelivered(), ...pipeline.spoolUnsentSync() });
    },
    async shutdown() {
      printAtExit();
      endSessions();
      summaryTimer?.stop();
      for (const part of [...parts].reverse()) await part.stop?.();
      await status.stop();
      await pipeline.shutdown(config.shutdown.timeoutMs);
    },
  };
}

function once(fn: () => void): () => void {
  let done = false;
  return () => {
    if (!done) fn();
    done = true;
  };
}
