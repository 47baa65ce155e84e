import type { Clock, Timer } from '../../core/clock.ts';
import { Backoff, type BackoffOptions } from '../otlp/backoff.ts';
import { holdEventLoop } from '../otlp/event-loop-hold.ts';
import type { SendOutcome } from '../otlp/send-outcome.ts';

export interface DeliveryLoopOptions {
  /** Sends the next request; `idle` when there is nothing to send. Never rejects. */
  readonly attempt: () => Promise<SendOutcome | 'idle'>;
  /** Ends what `attempt` has in flight, as `retryable`. */
  readonly abort: () => void;
  readonly clock: Clock;
  readonly backoff?: BackoffOptions | undefined;
}

/** Sends one request after the other until nothing is left; after a failure it waits, longer each time. */
export class DeliveryLoop {
  readonly #options: DeliveryLoopOptions;
  readonly #backoff: Backoff;
  #running: Promise<boolean> | undefined;
  #wait: Timer | undefined;
  #stopped = false;

  constructor(options: DeliveryLoopOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ maxMs: 60_000, factor: 2, ...options.backoff });
  }

  /** There is something to send. Does nothing while a request is under way or a wait is on. */
  wake(): void {
    if (this.#running === undefined && this.#wait === undefined && !this.#stopped) void this.#run();
  }

  /**
   * Sends what is there without waiting any longer; keeps the event loop alive meanwhile.
   *
   * @returns whether everything got through within `timeoutMs`
   */
  async flush(timeoutMs: number): Promise<boolean> {
    const { clock, abort } = this.#options;
    const release = holdEventLoop();
    let expire: (delivered: boolean) => void = () => {};
    const expired = new Promise<boolean>((resolve) => {
      expire = resolve;
    });
    const deadline = clock.after(timeoutMs, () => {
      abort();
      expire(false);
    });
    try {
      // What is under way does not know of what was added meanwhile.
      if (this.#running !== undefined) await Promise.race([this.#running, expired]);
      this.#wait?.stop();
      this.#wait = undefined;
      return await Promise.race([this.#running ?? this.#run(), expired]);
    } finally {
      deadline.stop();
      release();
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#wait?.stop();
    this.#wait = undefined;
  }

  #run(): Promise<boolean> {
    this.#running = this.#deliver().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #deliver(): Promise<boolean> {
    for (;;) {
      const outcome = await this.#options.attempt();
      if (outcome === 'idle') return true;
      if (outcome.state === 'retryable') {
        this.#waitFor(this.#backoff.next(outcome.retryAfterMs));
        return false;
      }
      this.#backoff.reset();
    }
  }

  #waitFor(delayMs: number): void {
    if (this.#stopped) return;
    this.#wait = this.#options.clock.after(delayMs, () => {
      this.#wait = undefined;
      this.wake();
    });
  }
}
