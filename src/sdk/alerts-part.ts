import type { MetricData } from '@opentelemetry/sdk-metrics';
import { AlertBook } from '../alerts/alert-book.ts';
import { AlertEvents } from '../alerts/alert-events.ts';
import { AlertMonitor, type AlertRoute } from '../alerts/alert-monitor.ts';
import { compileRules } from '../alerts/compile-rules.ts';
import { explainAlert, type Known } from '../alerts/explain-alert.ts';
import { LogChannel } from '../alerts/log-channel.ts';
import { kindOfMetric } from '../alerts/metric-series.ts';
import { AllMetrics } from '../alerts/metric-sources.ts';
import { RulesEngine } from '../alerts/rules-engine.ts';
import { Silences } from '../alerts/silences.ts';
import type { ChannelOptions, VitalsConfig } from '../config/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import type { AlertChannel } from '../core/model/alert.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { AlertmanagerChannel } from '../exporters/alert-delivery/alertmanager-channel.ts';
import { WebhookChannel } from '../exporters/alert-delivery/webhook-channel.ts';
import type { Suppress } from '../exporters/otlp/pipeline.ts';
import { ATTR_RULE, ATTR_SEVERITY, METRIC_ALERTS_ACTIVE } from '../semconv/alert-streams.ts';
import { prometheusName } from '../semconv/prometheus-name.ts';
import type { Alerts } from './alerts.ts';
import { LogRecordChannel } from './log-record-channel.ts';
import type { Part } from './part.ts';
import type { SharedReader } from './providers.ts';

export interface AlertsPartOptions {
  readonly config: VitalsConfig;
  readonly service: Snapshot['service'];
  readonly reader: Pick<SharedReader, 'metrics'>;
  /** What else is known: the evidence of alerts, and what to do about them. */
  readonly known: Known;
  readonly suppress: Suppress;
  readonly clock: Clock;
  readonly diag: Diag;
}

/** The part, and what only it can answer. */
export interface AlertsPart extends Part {
  readonly alerts: Alerts;
  /** Whether something may have to be sent before the process ends. */
  readonly delivers: boolean;
  /** Sends what waits, within `timeoutMs`; answers whether everything got through. */
  flush(timeoutMs: number): Promise<boolean>;
  /** For the moment at which the process ends: notices that nobody has got, those said before left out. */
  takeUndelivered(): number;
  /** Notices and series that were lost, as `alerts queue_full`. */
  dropped(): Readonly<Record<string, number>>;
}

/** Rules, alerts and channels. */
export function createAlertsPart(options: AlertsPartOptions): AlertsPart {
  const { config, reader, clock, diag } = options;
  const wallTime = (): number => clock.timeOrigin + clock.now();
  const silences = new Silences();
  const book = new AlertBook(silences, (rule, attributes) => explainAlert(rule, attributes, options.known));
  const events = new AlertEvents(diag);
  const routes: AlertRoute[] = [
    { channel: events },
    ...config.channels.map((channel) => ({ channel: createChannel(channel, options), severity: channel.severity })),
  ];
  const engine = new RulesEngine({
    rules: config.alerts.enabled ? compileRules(config.rules, surroundingsOf(config)) : [],
    book,
    prometheusName: nameOf,
  });
  const metrics = new AllMetrics((timeoutMs) => reader.metrics(timeoutMs), diag);
  let saidUndelivered = 0;
  const monitor = new AlertMonitor({
    engine,
    collect: (timeoutMs) => metrics.collect(timeoutMs),
    routes,
    clock,
    intervalMs: config.alerts.intervalMs,
    diag,
  });
  return {
    alerts: {
      addEventListener: (type, listener) => events.addEventListener(type, listener),
      removeEventListener: (type, listener) => events.removeEventListener(type, listener),
      snapshot: () => book.snapshot(),
      silence: (matcher, until) => silences.add(matcher, until, wallTime()),
      unsilence: (id) => silences.end(id),
      silences: () => silences.list(wallTime()),
    },
    delivers: config.alerts.enabled && routes.some(({ channel }) => channel.flush !== undefined),
    series: () => [
      {
        stream: METRIC_ALERTS_ACTIVE,
        points: book.firingByRule(engine.rules).map(({ rule, firing }) => ({
          attributes: { [ATTR_RULE]: rule.name, [ATTR_SEVERITY]: rule.severity },
          value: firing,
        })),
      },
    ],
    snapshot: () => (config.alerts.enabled ? { alerts: book.snapshot() } : {}),
    gauges: () => {
      if (!config.alerts.enabled) return {};
      return { alerts: book.firingByRule(engine.rules).reduce((sum, { firing }) => sum + firing, 0) };
    },
    takeUndelivered() {
      const waiting = routes.reduce((sum, { channel }) => sum + (channel.waiting ?? 0), 0) - saidUndelivered;
      saidUndelivered += Math.max(0, waiting);
      return Math.max(0, waiting);
    },
    dropped: () => droppedOf(routes, engine),
    async flush(timeoutMs) {
      const delivered = await Promise.all(routes.map(({ channel }) => channel.flush?.(timeoutMs) ?? true));
      return delivered.every(Boolean);
    },
    start: () => {
      if (engine.rules.length > 0) monitor.start();
    },
    async stop() {
      monitor.stop();
      await this.flush(config.shutdown.timeoutMs);
      for (const { channel } of routes) channel.stop?.();
    },
  };
}

function surroundingsOf(config: VitalsConfig): Parameters<typeof compileRules>[1] {
  const { expectedPerSecond, concurrency } = config.capacity;
  return { profile: config.profile, expectedPerSecond, concurrency };
}

function nameOf(metric: MetricData): string {
  return prometheusName({ name: metric.descriptor.name, unit: metric.descriptor.unit, kind: kindOfMetric(metric) });
}

function createChannel(options: ChannelOptions, parts: AlertsPartOptions): AlertChannel {
  const { clock, diag, suppress, service, config } = parts;
  const { url = '', secret, format, headers, timeout, resend } = options;
  const http = { url, headers, timeoutMs: timeout, source: service, clock, suppress, diag };
  switch (options.type) {
    case 'webhook':
      return new WebhookChannel({ ...http, secret, format });
    case 'alertmanager':
      return new AlertmanagerChannel({ ...http, resendMs: resend });
    case 'otel':
      return new LogRecordChannel(diag);
    default:
      return new LogChannel({ level: config.log.level, clock });
  }
}

function droppedOf(routes: readonly AlertRoute[], engine: RulesEngine): Record<string, number> {
  const all: Record<string, number> = {};
  const add = (reason: string, count: number): void => {
    if (count > 0) all[`alerts ${reason}`] = (all[`alerts ${reason}`] ?? 0) + count;
  };
  for (const { channel } of routes) {
    for (const [reason, count] of Object.entries(channel.dropped?.() ?? {})) add(reason, count);
  }
  add('rules_over_limit', engine.leftOut.rules);
  return all;
}
