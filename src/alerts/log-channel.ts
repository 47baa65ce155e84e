import type { Clock } from '../core/clock.ts';
import { createDiag, type Diag, type DiagSink, type LogLevel } from '../core/diag.ts';
import type { AlertChannel, AlertNotice, Severity } from '../core/model/alert.ts';
import { TokenBucket } from '../core/token-bucket.ts';

/** Lines a second; more are counted, not written. */
const LINES_PER_SECOND = 10;
const SEVERE: ReadonlySet<Severity> = new Set(['critical', 'emergency']);

export interface LogChannelOptions {
  readonly level: LogLevel;
  readonly clock: Clock;
  readonly sink?: DiagSink | undefined;
}

/** Alerts as lines on stderr. Writer of its own: alerts must not use up the topics of the diagnostics. */
export class LogChannel implements AlertChannel {
  readonly name = 'log';
  readonly #diag: Diag;
  readonly #bucket: TokenBucket;
  #dropped = 0;

  constructor({ level, clock, sink }: LogChannelOptions) {
    this.#diag = createDiag({ level, clock, quietMs: 0, ...(sink === undefined ? {} : { sink }) });
    this.#bucket = new TokenBucket(LINES_PER_SECOND, () => clock.now());
  }

  notify(notices: readonly AlertNotice[]): void {
    for (const { kind, alert } of notices) {
      if (!this.#bucket.take()) {
        this.#dropped += 1;
        continue;
      }
      const next = kind === 'firing' && alert.advice !== undefined ? `; next: ${alert.advice}` : '';
      const line = `alert ${kind} [${alert.severity}] ${alert.rule}: ${alert.message}${next}`;
      if (kind === 'firing' && SEVERE.has(alert.severity)) this.#diag.error('alert', line);
      else if (alert.severity === 'info') this.#diag.info('alert', line);
      else this.#diag.warn('alert', line);
    }
  }

  dropped(): Readonly<Record<string, number>> {
    return this.#dropped === 0 ? {} : { rate_limited: this.#dropped };
  }
}
