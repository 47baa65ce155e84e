import { type BoundedQueue, createBoundedQueue } from '../../core/bounded-queue.ts';
import type { Clock } from '../../core/clock.ts';
import type { Diag } from '../../core/diag.ts';
import type { AlertChannel, AlertNotice } from '../../core/model/alert.ts';
import type { BackoffOptions } from '../otlp/backoff.ts';
import { DeliveryReport } from '../otlp/delivery-report.ts';
import type { HttpSender, Suppress } from '../otlp/http-sender.ts';
import type { SendOutcome } from '../otlp/send-outcome.ts';
import { DeliveryLoop } from './delivery-loop.ts';
import { createJsonSender } from './json-sender.ts';
import { signedHeaders } from './signature.ts';

/** Who speaks. */
export interface AlertSource {
  readonly name: string;
  readonly version: string | undefined;
  readonly instanceId: string;
}

export interface WebhookOptions {
  readonly url: string;
  /** Shared secret of the signature; without one requests are not signed. */
  readonly secret?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Limit of one attempt, default 5,000 ms. */
  readonly timeoutMs?: number | undefined;
  readonly source: AlertSource;
  readonly clock: Clock;
  readonly suppress: Suppress;
  readonly diag: Diag;
  readonly backoff?: BackoffOptions | undefined;
}

/** What a receiver gets as JSON. Times are milliseconds since the Unix epoch. */
export interface WebhookBody {
  readonly version: 1;
  readonly service: AlertSource;
  readonly notices: readonly AlertNotice[];
}

/** The same for every attempt to deliver the same notices: a receiver that saw it may answer 200 and do nothing. */
const DELIVERY_HEADER = 'X-Mcp-Vitals-Delivery';
const MAX_WAITING = 256;
const MAX_PER_REQUEST = 50;
/** Notices that could not be delivered for so long are of no use to anybody. */
const GIVE_UP_AFTER_MS = 900_000;

interface Batch {
  readonly id: string;
  readonly body: Uint8Array;
  readonly notices: number;
  readonly sinceMs: number;
}

/**
 * Posts notices to an address of the user's, in order, signed, each until it is accepted, refused or 15 minutes old. Holds 256
 * at most; what is lost is counted.
 */
export class WebhookChannel implements AlertChannel {
  readonly name = 'webhook';
  readonly #options: WebhookOptions;
  readonly #queue: BoundedQueue<AlertNotice> = createBoundedQueue<AlertNotice>(MAX_WAITING);
  readonly #sender: HttpSender;
  readonly #loop: DeliveryLoop;
  readonly #report: DeliveryReport;
  readonly #dropped: Record<string, number> = {};
  #batch: Batch | undefined;
  #made = 0;

  constructor(options: WebhookOptions) {
    this.#options = options;
    const { clock, suppress, timeoutMs = 5_000, headers = {} } = options;
    this.#sender = createJsonSender({ url: options.url, headers, timeoutMs, clock, suppress });
    // The path of a webhook is often its password.
    this.#report = new DeliveryReport('alerts', new URL(options.url).origin, options.diag);
    this.#loop = new DeliveryLoop({
      attempt: () => this.#attempt(),
      abort: () => this.#sender.abort(),
      clock,
      backoff: options.backoff,
    });
  }

  get waiting(): number {
    return this.#queue.size + (this.#batch?.notices ?? 0);
  }

  notify(notices: readonly AlertNotice[]): void {
    for (const notice of notices) if (!this.#queue.push(notice)) this.#drop('queue_full', 1);
    this.#loop.wake();
  }

  flush(timeoutMs: number): Promise<boolean> {
    return this.waiting === 0 ? Promise.resolve(true) : this.#loop.flush(timeoutMs);
  }

  dropped(): Readonly<Record<string, number>> {
    return { ...this.#dropped };
  }

  stop(): void {
    this.#loop.stop();
    this.#sender.close();
  }

  async #attempt(): Promise<SendOutcome | 'idle'> {
    const { clock, secret } = this.#options;
    this.#batch ??= this.#nextBatch();
    const batch = this.#batch;
    if (batch === undefined) return 'idle';
    const signed = secret === undefined ? {} : signedHeaders(secret, batch.body, clock.timeOrigin + clock.now());
    const outcome = await this.#sender.send(batch.body, { ...signed, [DELIVERY_HEADER]: batch.id });
    this.#report.record(outcome);
    if (outcome.state === 'retryable') {
      if (clock.now() - batch.sinceMs < GIVE_UP_AFTER_MS) return outcome;
      this.#drop('expired', batch.notices);
    } else if (outcome.state === 'rejected') this.#drop('rejected', batch.notices);
    this.#batch = undefined;
    return outcome;
  }

  #nextBatch(): Batch | undefined {
    const { clock, source } = this.#options;
    const notices = this.#queue.drain(MAX_PER_REQUEST);
    if (notices.length === 0) return undefined;
    const body: WebhookBody = { version: 1, service: source, notices };
    this.#made += 1;
    return {
      id: `${source.instanceId}-${this.#made}`,
      body: Buffer.from(JSON.stringify(body)),
      notices: notices.length,
      sinceMs: clock.now(),
    };
  }

  #drop(reason: string, count: number): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + count;
  }
}
