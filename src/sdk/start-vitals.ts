import type { VitalsOptions } from '../config/index.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { ownFile } from '../core/own-file.ts';
import type { Redact } from '../mcp/content.ts';
import { installLoader } from '../mcp/loader/install.ts';
import type { Alerts } from './alerts.ts';

/** Every setting, plus what only code can say. */
export interface StartVitalsOptions extends VitalsOptions {
  /** Applied to arguments and results before they are recorded, where `capture.content` is switched on. */
  readonly redact?: Redact;
}

/** What a program that starts the monitoring itself gets to hold. */
export interface Vitals {
  /** Address of the status endpoint; `undefined` when it is off or no port could be bound. */
  readonly url: string | undefined;
  /** All figures at this instant. */
  snapshot(): Snapshot;
  /** The figures as one aligned table for people. */
  summary(): string;
  /** Every metric of the process in Prometheus text format. */
  metricsText(): Promise<string>;
  /** Alerts: what fires, listeners, silences. */
  readonly alerts: Alerts;
  /**
   * Measures a server whose SDK was loaded before `startVitals` was called. Call it before `connect`; servers loaded
   * later, or under `node --import mcp-vitals/register`, need no call.
   */
  instrument(server: object): void;
  /** Sends what is recorded, within `shutdown.timeoutMs`; never rejects. */
  flush(): Promise<void>;
  /** Flushes and stops everything. */
  shutdown(): Promise<void>;
}

/**
 * Starts the monitoring from code. Options win over environment, configuration file, profile and defaults; `OTEL_SDK_DISABLED=true`
 * wins over everything.
 *
 * @returns `undefined` when switched off, or when another copy of the package runs in this process already
 * @throws ConfigError with every problem of `options`
 */
export async function startVitals(options: StartVitalsOptions = {}): Promise<Vitals | undefined> {
  const { attachment } = await import('./attach.ts');
  if (attachment === undefined) return undefined;
  const { instrumentation } = attachment;
  const { redact, ...settings } = options;
  const running = await attachment.start(settings, redact);
  if (running === undefined) return undefined;
  installLoader(ownFile('sdk/attach.js').href);
  return {
    url: running.url,
    alerts: running.alerts,
    snapshot: () => running.snapshot(),
    summary: () => running.summary(),
    metricsText: () => running.metricsText(),
    instrument: (server) => instrumentation.adopt(server),
    flush: async () => {
      await running.flush(false);
    },
    shutdown: () => attachment.stop(),
  };
}
