import type { Clock, Timer } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import { type AlertChannel, type AlertNotice, SEVERITIES, type Severity } from '../core/model/alert.ts';
import type { CollectedMetrics } from './metric-sources.ts';
import type { RulesEngine } from './rules-engine.ts';

/** A channel and the least severe alert it is told of. */
export interface AlertRoute {
  readonly channel: AlertChannel;
  readonly severity?: Severity | undefined;
}

export interface AlertMonitorOptions {
  readonly engine: RulesEngine;
  /** Collects every metric of the process; with `timeoutMs` a callback that hangs is left out. */
  readonly collect: (timeoutMs?: number) => Promise<CollectedMetrics>;
  readonly routes: readonly AlertRoute[];
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly diag: Diag;
}

/** A collection that takes longer hangs in a callback of the application; the next one does not wait for it. */
const HANGS_AFTER_MS = 2_000;
const CALLBACK_LIMIT_MS = 1_000;

/** Collects at an interval, has the rules evaluated and tells the channels. Off the request path; never throws. */
export class AlertMonitor {
  readonly #options: AlertMonitorOptions;
  #timer: Timer | undefined;
  /** The collection under way; its answer counts only while it stands here. */
  #collecting: { readonly sinceMs: number } | undefined;
  #abandoned = 0;

  constructor(options: AlertMonitorOptions) {
    this.#options = options;
  }

  /** The first collection, which only says where growth starts from, begins at once. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#options.clock.every(this.#options.intervalMs, () => void this.evaluate());
    void this.evaluate();
  }

  stop(): void {
    this.#timer?.stop();
    this.#collecting = undefined;
  }

  /** One collection and evaluation; skipped while another one is under way. */
  async evaluate(): Promise<void> {
    const { clock, collect, engine, diag } = this.#options;
    if (this.#collecting !== undefined) {
      if (clock.now() - this.#collecting.sinceMs < HANGS_AFTER_MS) return;
      this.#abandoned += 1;
      diag.warn('alerts collect', `metrics took longer than ${HANGS_AFTER_MS} ms to collect: a callback hangs`);
    }
    const collecting = { sinceMs: clock.now() };
    this.#collecting = collecting;
    try {
      const metrics = await (this.#abandoned > 0 ? collect(CALLBACK_LIMIT_MS) : collect());
      if (this.#collecting !== collecting) return;
      const now = clock.now();
      this.#tell(engine.evaluate(metrics, now, clock.timeOrigin + now));
    } catch (error) {
      diag.warn('alerts evaluate', `rules could not be evaluated: ${String(error)}`);
    } finally {
      if (this.#collecting === collecting) this.#collecting = undefined;
    }
  }

  #tell(notices: readonly AlertNotice[]): void {
    if (notices.length === 0) return;
    for (const { channel, severity = 'info' } of this.#options.routes) {
      const least = SEVERITIES.indexOf(severity);
      const wanted = notices.filter(({ alert }) => SEVERITIES.indexOf(alert.severity) >= least);
      if (wanted.length === 0) continue;
      try {
        channel.notify(wanted);
      } catch (error) {
        this.#options.diag.warn('alert channel', `the channel ${channel.name} failed: ${String(error)}`);
      }
    }
  }
}
