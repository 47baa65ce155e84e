import type { Diag } from '../core/diag.ts';
import type { AlertChannel, AlertNotice } from '../core/model/alert.ts';

/** What a listener gets. */
export interface AlertEvent extends AlertNotice {
  readonly type: 'alert';
}

export type AlertListener = (event: AlertEvent) => void | Promise<void>;

const MAX_LISTENERS = 100;

/**
 * Listeners of code in this process. The shape of an `EventTarget`, but not one: Node turns what a listener of an `EventTarget`
 * throws into an uncaught exception, and no listener of ours may end the server.
 */
export class AlertEvents implements AlertChannel {
  readonly name = 'listeners';
  readonly #listeners = new Set<AlertListener>();
  readonly #diag: Diag;
  #failed = 0;

  constructor(diag: Diag) {
    this.#diag = diag;
  }

  /** @throws {RangeError} with more than 100 listeners: something adds them and forgets to remove them */
  addEventListener(_type: 'alert', listener: AlertListener): void {
    if (this.#listeners.size >= MAX_LISTENERS) throw new RangeError(`at most ${MAX_LISTENERS} listeners`);
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'alert', listener: AlertListener): void {
    this.#listeners.delete(listener);
  }

  notify(notices: readonly AlertNotice[]): void {
    for (const notice of notices) {
      for (const listener of [...this.#listeners]) this.#call(listener, { type: 'alert', ...notice });
    }
  }

  dropped(): Readonly<Record<string, number>> {
    return this.#failed === 0 ? {} : { failed: this.#failed };
  }

  #call(listener: AlertListener, event: AlertEvent): void {
    const failed = (error: unknown): void => {
      this.#failed += 1;
      this.#diag.warn('alert listener', `a listener of alerts failed: ${String(error)}`);
    };
    try {
      const result = listener(event);
      if (result !== undefined) Promise.resolve(result).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
