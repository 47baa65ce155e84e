import type { Diag } from '../core/diag.ts';

/** What has to happen before the process goes. None of it may throw or reject. */
export interface ExitWork {
  /** Sends what is recorded, within a bounded time. */
  flush(): Promise<unknown>;
  /** Keeps what is unsent, or counts it as lost; only synchronous work is possible here. */
  keepUnsentSync(): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
type Signal = (typeof SIGNALS)[number];

/**
 * Brings recorded telemetry out at every ordinary end of a process, without changing how it ends: the user's signal handlers
 * run as they are, the exit code and the signal stay, nothing is held longer than the flush is bounded to.
 */
export class Lifecycle {
  readonly #work: ExitWork;
  readonly #diag: Diag;
  readonly #listeners = new Map<Signal, () => void>();
  #flushedAtEnd = false;
  readonly #beforeExit = (): void => {
    // `beforeExit` comes again after the flush has let the loop run empty; what is recorded then is kept at `exit`.
    if (this.#flushedAtEnd) return;
    this.#flushedAtEnd = true;
    void this.#flush();
  };
  readonly #exit = (): void => {
    try {
      this.#work.keepUnsentSync();
    } catch (error) {
      this.#diag.error('exit', `unsent telemetry could not be kept: ${String(error)}`);
    }
  };

  constructor(work: ExitWork, diag: Diag) {
    this.#work = work;
    this.#diag = diag;
  }

  install(): void {
    process.on('beforeExit', this.#beforeExit);
    process.on('exit', this.#exit);
    for (const signal of SIGNALS) this.#listen(signal);
  }

  /** Takes every listener back; what was recorded stays the caller's to flush. */
  uninstall(): void {
    process.off('beforeExit', this.#beforeExit);
    process.off('exit', this.#exit);
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
    this.#listeners.clear();
  }

  /** The client has closed its end: the server may be about to exit. */
  inputEnded(): void {
    void this.#flush();
  }

  #flush(): Promise<void> {
    return this.#work.flush().then(
      () => {},
      (error: unknown) => this.#diag.error('flush', `telemetry could not be flushed: ${String(error)}`),
    );
  }

  #listen(signal: Signal): void {
    const listener = (): void => {
      // Libraries that clean up on signals compare the number of listeners with their own to decide whether the process
      // is theirs to end: while they look, ours must not be there.
      process.off(signal, listener);
      if (process.listenerCount(signal) > 0) {
        this.#exit();
        void this.#flush();
        return;
      }
      void this.#flush().then(() => process.kill(process.pid, signal));
    };
    this.#listeners.set(signal, listener);
    process.prependListener(signal, listener);
  }
}
