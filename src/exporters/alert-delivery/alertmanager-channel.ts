import type { Timer } from '../../core/clock.ts';
import type { AlertChannel, AlertNotice, AlertSnapshot } from '../../core/model/alert.ts';
import type { SendOutcome } from '../otlp/send-outcome.ts';
import { type AlertSource, type JsonChannelOptions, JsonDelivery } from './json-delivery.ts';

/** The address is the base of Alertmanager's, `http://127.0.0.1:9093`, with the path prefix where there is one. */
export interface AlertmanagerOptions extends JsonChannelOptions {
  /** Time between two reports of an alert that goes on firing, default 60,000 ms. */
  readonly resendMs?: number | undefined;
}

/** An alert as `POST /api/v2/alerts` takes it. */
export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** Alerts held at most, firing and resolved ones that are not acknowledged together. */
const MAX_ALERTS = 1_000;
/** An alert that is not reported any more ends by itself after so many intervals, as Prometheus does it. */
const ENDS_AFTER_INTERVALS = 4;

/** A name Alertmanager takes in every version: letters, digits, underscores. */
function labelName(name: string): string {
  const label = name.replace(/[^a-zA-Z0-9_]/g, '_');
  return /^[0-9]/.test(label) ? `_${label}` : label;
}

/** @param endsAt Unix milliseconds: when it ended, or when it shall be taken for ended if nothing more is heard */
function toPosted(alert: AlertSnapshot, source: AlertSource, endsAt: number): PostedAlert {
  const attributes = Object.entries(alert.attributes).map(([name, value]) => [labelName(name), value] as const);
  return {
    labels: {
      ...Object.fromEntries(attributes),
      alertname: alert.rule,
      severity: alert.severity,
      category: alert.category,
      service: source.name,
      instance: source.instanceId,
    },
    annotations: {
      summary: alert.message,
      ...(alert.advice === undefined ? {} : { description: alert.advice }),
      value: String(alert.value),
      threshold: String(alert.threshold),
    },
    startsAt: new Date(alert.firedAt ?? alert.pendingSince).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
  };
}

/**
 * Reports alerts to an Alertmanager the way Prometheus does: the state, not the events. What fires is reported at once and again at
 * an interval, with an end that keeps moving, so that alerts of a process that dies end by themselves; what is resolved is reported
 * until it is acknowledged. Nothing queues up behind an Alertmanager that is away.
 */
export class AlertmanagerChannel implements AlertChannel {
  readonly name = 'alertmanager';
  readonly #options: AlertmanagerOptions;
  readonly #resendMs: number;
  readonly #delivery: JsonDelivery;
  readonly #firing = new Map<string, AlertSnapshot>();
  readonly #resolved = new Map<string, AlertSnapshot>();
  /** Of those that fire the ones that were not acknowledged yet. */
  readonly #unheard = new Map<string, AlertSnapshot>();
  #timer: Timer | undefined;
  /** Whether something changed, or it is time, since the last report. */
  #due = false;

  constructor(options: AlertmanagerOptions) {
    this.#options = options;
    this.#resendMs = options.resendMs ?? 60_000;
    const url = `${options.url.replace(/\/+$/, '')}/api/v2/alerts`;
    this.#delivery = new JsonDelivery(options, { url, shownUrl: url, attempt: () => this.#attempt() });
  }

  /** Alerts whose begin or end is not acknowledged. */
  get waiting(): number {
    return this.#unheard.size + this.#resolved.size;
  }

  notify(notices: readonly AlertNotice[]): void {
    for (const { kind, alert } of notices) {
      const [to, from] = kind === 'firing' ? [this.#firing, this.#resolved] : [this.#resolved, this.#firing];
      from.delete(alert.fingerprint);
      this.#unheard.delete(alert.fingerprint);
      if (this.#firing.size + this.#resolved.size >= MAX_ALERTS) {
        this.#delivery.drop('queue_full', 1);
        continue;
      }
      to.set(alert.fingerprint, alert);
      if (kind === 'firing') this.#unheard.set(alert.fingerprint, alert);
    }
    this.#due = true;
    this.#timer ??= this.#options.clock.every(this.#resendMs, () => {
      if (this.#firing.size === 0) return;
      this.#due = true;
      this.#delivery.wake();
    });
    this.#delivery.wake();
  }

  flush(timeoutMs: number): Promise<boolean> {
    return this.waiting === 0 ? Promise.resolve(true) : this.#delivery.flush(timeoutMs);
  }

  dropped(): Readonly<Record<string, number>> {
    return this.#delivery.dropped();
  }

  stop(): void {
    this.#timer?.stop();
    this.#delivery.stop();
  }

  async #attempt(): Promise<SendOutcome | 'idle'> {
    if (!this.#due) return 'idle';
    this.#due = false;
    const { clock, source } = this.#options;
    const now = clock.timeOrigin + clock.now();
    const resolved = [...this.#resolved.values()];
    const unheard = [...this.#unheard.values()];
    const posted = [
      ...[...this.#firing.values()].map((alert) =>
        toPosted(alert, source, now + ENDS_AFTER_INTERVALS * this.#resendMs),
      ),
      ...resolved.map((alert) => toPosted(alert, source, alert.resolvedAt ?? now)),
    ];
    if (posted.length === 0) return 'idle';
    const outcome = await this.#delivery.post(Buffer.from(JSON.stringify(posted)));
    if (outcome.state === 'retryable') {
      this.#due = true;
      return outcome;
    }
    forgetSame(this.#resolved, resolved);
    forgetSame(this.#unheard, unheard);
    if (outcome.state === 'rejected') this.#delivery.drop('rejected', posted.length);
    return outcome;
  }
}

/** One that fires and resolves again meanwhile is another one. */
function forgetSame(kept: Map<string, AlertSnapshot>, alerts: readonly AlertSnapshot[]): void {
  for (const alert of alerts) if (kept.get(alert.fingerprint) === alert) kept.delete(alert.fingerprint);
}
