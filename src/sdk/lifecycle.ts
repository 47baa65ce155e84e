import { type Clock, systemClock, type Timer } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import { watchSelfKill } from './self-kill.ts';

/** What has to happen before the process goes. None of it may throw or reject. */
export interface ExitWork {
  /** Whether there is, or may be, a receiver to wait for. */
  exporting(): boolean;
  /**
   * Sends what is recorded, within a bounded time.
   *
   * @param ending whether the process goes afterwards: what is open then counts as ended
   * @returns whether everything was acknowledged
   */
  flush(ending: boolean): Promise<boolean>;
  /** Keeps what is unsent, or counts it as lost; only synchronous work is possible here. Idempotent. */
  keepUnsentSync(): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
type Signal = (typeof SIGNALS)[number];

/** Longest time between a signal nobody else handles and the end, loading of the rest of the product included. */
const END_LIMIT_MS = 1_900;
/** A receiver that did not take a flush is not asked again for so long: waiting for it once is enough. */
const FAILURE_COUNTS_MS = 10_000;

/**
 * Brings recorded telemetry out at every ordinary end of a process, without changing how it ends: the user's signal handlers
 * run as they are, the exit code and the signal stay, nothing is held longer than the flush is bounded to.
 */
export class Lifecycle {
  readonly #work: ExitWork;
  readonly #diag: Diag;
  readonly #clock: Clock;
  readonly #listeners = new Map<Signal, (name?: unknown, number?: unknown) => void>();
  #flushing: Promise<void> | undefined = undefined;
  /** Whether a flush is asked for that has not begun. */
  #asked = false;
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #flushedAtEnd = false;
  #ending = false;
  readonly #beforeExit = (): void => {
    // `beforeExit` comes again after the flush has let the loop run empty; what is recorded then is kept at `exit`.
    if (this.#flushedAtEnd || !this.#work.exporting()) return;
    this.#flushedAtEnd = true;
    void this.#flush(true);
  };
  readonly #keep = (): void => {
    try {
      this.#work.keepUnsentSync();
    } catch (error) {
      this.#diag.error('exit', `unsent telemetry could not be kept: ${String(error)}`);
    }
  };

  constructor(work: ExitWork, diag: Diag, clock: Clock = systemClock) {
    this.#work = work;
    this.#diag = diag;
    this.#clock = clock;
  }

  install(): void {
    process.on('beforeExit', this.#beforeExit);
    process.on('exit', this.#keep);
    for (const signal of SIGNALS) {
      const listener = (_name?: unknown, number?: unknown): void => this.#signalled(signal, number !== undefined);
      this.#listeners.set(signal, listener);
      process.prependListener(signal, listener);
    }
  }

  /** Takes every listener back; what was recorded stays the caller's to flush. */
  uninstall(): void {
    process.off('beforeExit', this.#beforeExit);
    process.off('exit', this.#keep);
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
    this.#listeners.clear();
  }

  /** A client on a pipe has gone: the server may be about to exit. */
  sessionEnded(): void {
    this.#flushSoon();
  }

  #signalled(signal: Signal, real: boolean): void {
    if (real && process.listenerCount(signal) === 1) this.#end(signal);
    else this.#leaveToOthers(signal);
  }

  /** The application handles the signal, or one was only emitted: whether the process ends is not for us to say. */
  #leaveToOthers(signal: Signal): void {
    const listener = this.#listeners.get(signal);
    if (listener === undefined) return;
    // Libraries that clean up on signals compare the number of listeners with their own to decide whether the process
    // is theirs to end: while they look, ours must not be there. They end it without an `exit` event.
    process.off(signal, listener);
    const unwatch = watchSelfKill(this.#keep);
    queueMicrotask(() => {
      unwatch();
      if (this.#listeners.has(signal)) process.prependListener(signal, listener);
    });
    this.#flushSoon();
  }

  #end(signal: Signal): void {
    if (this.#ending || !this.#work.exporting()) {
      // Somebody insists, or there is nothing to wait for.
      this.#raise(signal);
      return;
    }
    this.#ending = true;
    let limit: Timer | undefined;
    const expired = new Promise<void>((resolve) => {
      limit = this.#clock.after(END_LIMIT_MS, resolve);
    });
    void Promise.race([this.#flush(true), expired]).then(() => {
      limit?.stop();
      this.#raise(signal);
    });
  }

  /** Ends the process by the signal, as it would have ended without us. */
  #raise(signal: Signal): void {
    this.#keep();
    this.uninstall();
    process.kill(process.pid, signal);
  }

  /** Not in the middle of what the application does next: when that is `process.exit`, a request would be half sent. */
  #flushSoon(): void {
    if (this.#asked || !this.#work.exporting()) return;
    this.#asked = true;
    setImmediate(() => void this.#flush(false));
  }

  /** One at a time; after a failure none for a while. */
  async #flush(ending: boolean): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    if (!ending) this.#asked = false;
    if (this.#clock.now() - this.#failedAtMs < FAILURE_COUNTS_MS) return;
    this.#flushing = this.#work.flush(ending).then(
      (complete) => {
        this.#failedAtMs = complete ? Number.NEGATIVE_INFINITY : this.#clock.now();
        this.#flushing = undefined;
      },
      (error: unknown) => {
        this.#flushing = undefined;
        this.#diag.error('flush', `telemetry could not be flushed: ${String(error)}`);
      },
    );
    await this.#flushing;
  }
}
