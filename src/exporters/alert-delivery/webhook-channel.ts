import { type BoundedQueue, createBoundedQueue } from '../../core/bounded-queue.ts';
import type { AlertChannel, AlertNotice } from '../../core/model/alert.ts';
import type { SendOutcome } from '../otlp/send-outcome.ts';
import { type AlertSource, type JsonChannelOptions, JsonDelivery } from './json-delivery.ts';
import { signedHeaders } from './signature.ts';
import { slackMessage } from './slack-message.ts';

export interface WebhookOptions extends JsonChannelOptions {
  /** Shared secret of the signature; without one requests are not signed. */
  readonly secret?: string | undefined;
  /** What is posted: our own JSON, or a message an incoming webhook of Slack shows. Default `json`. */
  readonly format?: 'json' | 'slack' | undefined;
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
  readonly #delivery: JsonDelivery;
  #batch: Batch | undefined;
  #made = 0;

  constructor(options: WebhookOptions) {
    this.#options = options;
    // The path of a webhook is often its password.
    const shownUrl = new URL(options.url).origin;
    this.#delivery = new JsonDelivery(options, { shownUrl, attempt: () => this.#attempt() });
  }

  get waiting(): number {
    return this.#queue.size + (this.#batch?.notices ?? 0);
  }

  notify(notices: readonly AlertNotice[]): void {
    for (const notice of notices) if (!this.#queue.push(notice)) this.#delivery.drop('queue_full', 1);
    this.#delivery.wake();
  }

  flush(timeoutMs: number): Promise<boolean> {
    return this.waiting === 0 ? Promise.resolve(true) : this.#delivery.flush(timeoutMs);
  }

  dropped(): Readonly<Record<string, number>> {
    return this.#delivery.dropped();
  }

  stop(): void {
    this.#delivery.stop();
  }

  async #attempt(): Promise<SendOutcome | 'idle'> {
    const { clock, secret } = this.#options;
    this.#batch ??= this.#nextBatch();
    const batch = this.#batch;
    if (batch === undefined) return 'idle';
    const signed = secret === undefined ? {} : signedHeaders(secret, batch.body, clock.timeOrigin + clock.now());
    const outcome = await this.#delivery.post(batch.body, { ...signed, [DELIVERY_HEADER]: batch.id });
    if (outcome.state === 'retryable') {
      if (clock.now() - batch.sinceMs < GIVE_UP_AFTER_MS) return outcome;
      this.#delivery.drop('expired', batch.notices);
    } else if (outcome.state === 'rejected') this.#delivery.drop('rejected', batch.notices);
    this.#batch = undefined;
    return outcome;
  }

  #nextBatch(): Batch | undefined {
    const { clock, source, format } = this.#options;
    const notices = this.#queue.drain(MAX_PER_REQUEST);
    if (notices.length === 0) return undefined;
    const body = format === 'slack' ? slackMessage(notices, source) : ownBody(notices, source);
    this.#made += 1;
    return {
      id: `${source.instanceId}-${this.#made}`,
      body: Buffer.from(JSON.stringify(body)),
      notices: notices.length,
      sinceMs: clock.now(),
    };
  }
}

function ownBody(notices: readonly AlertNotice[], source: AlertSource): WebhookBody {
  return { version: 1, service: source, notices };
}
