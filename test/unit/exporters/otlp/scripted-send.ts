import type { SendOutcome } from '../../../../src/exporters/otlp/send-outcome.ts';

/** Stands for the network where the order of answers and time is what is tested: the test answers by hand. */
export class ScriptedSend {
  readonly bodies: Uint8Array[] = [];
  readonly #pending: ((outcome: SendOutcome) => void)[] = [];

  readonly send = (body: Uint8Array): Promise<SendOutcome> =>
    new Promise((resolve) => {
      this.bodies.push(body);
      this.#pending.push(resolve);
    });

  readonly abort = (): void => {
    for (const resolve of this.#pending.splice(0)) resolve({ state: 'retryable', reason: 'aborted' });
  };

  get inFlight(): number {
    return this.#pending.length;
  }

  /** Answers the oldest open request and lets everything that follows from it happen. */
  async answer(outcome: SendOutcome = { state: 'ok' }): Promise<void> {
    const resolve = this.#pending.shift();
    if (resolve === undefined) throw new Error('nothing is in flight');
    resolve(outcome);
    await turn();
  }
}

/** One turn of the event loop: every promise that can settle has settled. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
