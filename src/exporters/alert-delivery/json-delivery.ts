import type { Clock } from '../../core/clock.ts';
import type { Diag } from '../../core/diag.ts';
import type { BackoffOptions } from '../otlp/backoff.ts';
import { DeliveryReport } from '../otlp/delivery-report.ts';
import { createHttpSender, type HttpSender, httpModule, type Suppress } from '../otlp/http-sender.ts';
import type { SendOutcome } from '../otlp/send-outcome.ts';
import { DeliveryLoop } from './delivery-loop.ts';

/** What every channel over HTTP is given. */
export interface JsonChannelOptions {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Limit of one attempt, default 5,000 ms. */
  readonly timeoutMs?: number | undefined;
  readonly source: AlertSource;
  readonly clock: Clock;
  readonly suppress: Suppress;
  readonly diag: Diag;
  readonly backoff?: BackoffOptions | undefined;
}

/** Who speaks. */
export interface AlertSource {
  readonly name: string;
  readonly version: string | undefined;
  readonly instanceId: string;
}

export interface JsonDeliveryOptions {
  /** Where to, when it differs from the address in the options. */
  readonly url?: string;
  /** As it may stand in a log line. */
  readonly shownUrl: string;
  /** Sends the next request with `post`; `idle` when there is nothing to send. Never rejects. */
  readonly attempt: () => Promise<SendOutcome | 'idle'>;
}

/** Receivers of alerts answer with an error of the server's while they restart or are overloaded: all of those pass. */
function isRetryable(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Posts JSON to one address, one request after the other, and counts what is lost: what the channels over HTTP have in common. */
export class JsonDelivery {
  readonly #sender: HttpSender;
  readonly #loop: DeliveryLoop;
  readonly #report: DeliveryReport;
  readonly #dropped: Record<string, number> = {};

  constructor(channel: JsonChannelOptions, { url = channel.url, shownUrl, attempt }: JsonDeliveryOptions) {
    const { clock, suppress, diag, backoff, timeoutMs = 5_000, headers = {} } = channel;
    this.#sender = createHttpSender({
      http: {
        url,
        timeoutMillis: timeoutMs,
        compression: 'none',
        headers: async () => ({ ...headers, 'Content-Type': 'application/json' }),
        agentFactory: async (protocol) => {
          const { Agent } = await httpModule(protocol);
          return new Agent({ keepAlive: true, maxSockets: 1 });
        },
      },
      parsePartial: () => undefined,
      isRetryable,
      clock,
      suppress,
    });
    this.#report = new DeliveryReport('alerts', shownUrl, diag);
    this.#loop = new DeliveryLoop({ attempt, abort: () => this.#sender.abort(), clock, backoff });
  }

  /** One attempt; its outcome is reported. */
  async post(body: Uint8Array, headers?: Readonly<Record<string, string>>): Promise<SendOutcome> {
    const outcome = await this.#sender.send(body, headers);
    this.#report.record(outcome);
    return outcome;
  }

  /** There is something to send. */
  wake(): void {
    this.#loop.wake();
  }

  /** Sends what waits without waiting any longer; answers whether everything got through within `timeoutMs`. */
  flush(timeoutMs: number): Promise<boolean> {
    return this.#loop.flush(timeoutMs);
  }

  drop(reason: string, count: number): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + count;
  }

  dropped(): Readonly<Record<string, number>> {
    return { ...this.#dropped };
  }

  stop(): void {
    this.#loop.stop();
    this.#sender.close();
  }
}
