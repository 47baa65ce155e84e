import { suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { ResolvedConfig } from '../config/index.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import { earlyMeters } from '../core/meter-hook.ts';
import { VERSION } from '../core/version.ts';
import { formatInflux } from '../exporters/influx/formatter.ts';
import type { Suppress } from '../exporters/otlp/pipeline.ts';
import { PrometheusFormatter } from '../exporters/prometheus/formatter.ts';
import type { Redact } from '../mcp/content.ts';
import type { Instrumentation } from '../mcp/instrumentation.ts';
import type { ProtocolLike } from '../mcp/sdk-shapes.ts';
import { OPERATION_DURATION_BOUNDARIES, STAGE_DURATION_BOUNDARIES, withThresholds } from '../semconv/boundaries.ts';
import { createStatusServer } from '../status/status-server.ts';
import { importedCopy, inspectApplication, UNTOUCHED_APPLICATION } from './application-api.ts';
import { VitalsContextManager } from './context-manager.ts';
import { activeContext } from './contexts.ts';
import { createParts } from './create-parts.ts';
import { reportAtExit } from './exit-report.ts';
import { exportOperations } from './export-operations.ts';
import { createExportPipeline, exportsAnything } from './export-pipeline.ts';
import { GlobalProviders } from './globals.ts';
import { objectivesOf } from './objective-part.ts';
import { createMetrics } from './providers.ts';
import type { SelfFigures } from './recorder-series.ts';
import { createResource, serviceIdentity } from './resource.ts';
import type { Running } from './running.ts';
import { RemoteSampling } from './sampling.ts';
import { SeriesProducer, seriesOf } from './series-producer.ts';
import { createAlertSilencer } from './silence-alert.ts';
import { formatSummary } from './summary-text.ts';
import { wireTracing } from './wire-tracing.ts';

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

  const producer = new SeriesProducer(() => seriesOf(parts.all), {
    startedAt: clock.timeOrigin + recorder.startedAt,
    now: wallTime,
    version: VERSION,
    clock,
  });
  const { provider: meterProvider, reader } = createMetrics(resource, producer);
  const suppress: Suppress = (fn) => contexts.run(suppressTracing(contexts.active()), fn);
  const outgoing = { service: service.name, resource, reader, producer, suppress, clock, diag };
  const pipeline = await createExportPipeline(config, outgoing);
  const shared = { config, instrumentation, application, globals, contexts, meterProvider, clock };
  const addSpan = (span: ReadableSpan): void => pipeline.addSpan(span);
  const tracing = wireTracing({ ...shared, contextManager, resource, remote, addSpan });

  const self: SelfFigures = {
    dropped: () => ({ ...pipeline.dropped(), ...parts.alerts.dropped(), ...droppedEarly() }),
    queueSizes: () => ({ ...pipeline.queueSizes() }),
    remoteSampledLimited: () => remote.limited,
  };
  const ownPort = (): number | undefined => bound?.port;
  const parts = createParts({ ...shared, objectives, service, tracing, reader, self, suppress, ownPort, diag });
  const { all, alerts, past, health, snapshot } = parts;
  const formatter = new PrometheusFormatter();
  const metricsText = async (): Promise<Buffer> => formatter.formatInTurns(await reader.metrics(), 'text', clock);
  const openMetricsText = async (): Promise<Buffer> =>
    formatter.formatInTurns(await reader.metrics(), 'openmetrics', clock);
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
      openMetricsText,
      snapshot,
      summaryText,
      influxText: async () => formatInflux(await reader.metrics()),
      history: past.read,
      ...(config.alerts.enabled ? { silence: createAlertSilencer(alerts.alerts, wallTime) } : {}),
      operation: parts.detail,
      live: parts.live,
      health: () => health?.latest(),
    },
    diag,
    clock,
  });
  const bound = config.status.enabled ? await status.start() : undefined;

  // From here on nothing is awaited: what finishes is either among the early operations or exported, whenever the process ends.
  const { redact } = options;
  exportOperations(config, { ...tracing, instrumentation, pipeline, remote, resource, redact, clock, parts: all });
  pipeline.start();
  for (const part of all) part.start?.();

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
    exporting: exportsAnything(config) || alerts.delivers,
    alerts: alerts.alerts,
    snapshot,
    summary: summaryText,
    metricsText: async () => String(await metricsText()),
    async flush(ending) {
      if (ending) endSessions();
      const { timeoutMs } = config.shutdown;
      const [sent, told] = await Promise.all([pipeline.flush(timeoutMs), alerts.flush(timeoutMs)]);
      return sent.complete && told;
    },
    keepUnsentSync() {
      printAtExit();
      endSessions();
      for (const part of all) part.ending?.();
      status.withdrawSync();
      const { traces: spans } = pipeline.queueSizes();
      reportAtExit(diag, service.name, { spans, notices: alerts.takeUndelivered(), ...pipeline.spoolUnsentSync() });
    },
    async shutdown() {
      printAtExit();
      endSessions();
      summaryTimer?.stop();
      for (const part of [...all].reverse()) await part.stop?.();
      await status.stop();
      await pipeline.shutdown(config.shutdown.timeoutMs);
    },
  };
}

/** Recordings of the application before anything of ours was there to take them, as far as they were over the bound. */
function droppedEarly(): Readonly<Record<string, number>> {
  const dropped = earlyMeters()?.dropped ?? 0;
  return dropped === 0 ? {} : { 'metrics early_buffer_full': dropped };
}

function once(fn: () => void): () => void {
  let done = false;
  return () => {
    if (!done) fn();
    done = true;
  };
}
