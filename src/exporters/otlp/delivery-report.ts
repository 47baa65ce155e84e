import type { Diag } from '../../core/diag.ts';
import type { SendOutcome } from './send-outcome.ts';

/** An address fit for a log line: without credentials, query and fragment. */
export function maskUrl(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return 'an unreadable address';
  }
}

/** Turns the stream of outcomes of one endpoint into one line when it fails and one when it is back. */
export class DeliveryReport {
  readonly #signal: string;
  readonly #address: string;
  readonly #diag: Diag;
  #failures = 0;

  constructor(signal: string, url: string, diag: Diag) {
    this.#signal = signal;
    this.#address = maskUrl(url);
    this.#diag = diag;
  }

  /** Attempts that failed since the last one that did not. */
  get failures(): number {
    return this.#failures;
  }

  record(outcome: SendOutcome): void {
    const topic = `otlp ${this.#signal}`;
    if (outcome.state === 'ok') {
      this.#recordSuccess(topic);
      const { partial } = outcome;
      if (partial !== undefined) {
        const what = `${this.#address} accepted ${this.#signal} but rejected ${partial.rejected}`;
        this.#diag.warn(`${topic} partial`, `${what}: ${partial.message}`);
      }
      return;
    }
    this.#failures += 1;
    if (this.#failures > 1) return;
    const consequence = outcome.state === 'rejected' ? 'refused, counted as dropped' : 'kept, trying again';
    this.#diag.warn(topic, `${this.#signal} to ${this.#address}: ${outcome.reason} (${consequence})`);
  }

  #recordSuccess(topic: string): void {
    if (this.#failures === 0) return;
    const attempts = this.#failures === 1 ? '1 failed attempt' : `${this.#failures} failed attempts`;
    this.#failures = 0;
    this.#diag.info(`${topic} recovered`, `${this.#address} accepts ${this.#signal} again after ${attempts}`);
  }
}
