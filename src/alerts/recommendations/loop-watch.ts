import type { Clock, Timer } from '../../core/clock.ts';
import type { LoopLog } from './loop-log.ts';

/** Fine enough to see what keeps a call waiting noticeably; fifty firings a second are not noticed. */
const INTERVAL_MS = 20;
/** Timers are late by less than this on a busy machine without anybody's fault. */
const LATE_MS = 10;

/** Finds the stretches in which the event loop did not turn: a timer of 20 ms fires late by that much. Its timer is unref'ed. */
export class LoopWatch {
  readonly #clock: Clock;
  readonly #log: Pick<LoopLog, 'blocked'>;
  #timer: Timer | undefined;
  #firedAt = 0;

  constructor(clock: Clock, log: Pick<LoopLog, 'blocked'>) {
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#firedAt = this.#clock.now();
    this.#timer = this.#clock.every(INTERVAL_MS, () => this.#fired());
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }

  #fired(): void {
    const now = this.#clock.now();
    const due = this.#firedAt + INTERVAL_MS;
    // Where in the interval it began is not known: at its end at the latest.
    if (now - due > LATE_MS) this.#log.blocked(due, now);
    this.#firedAt = now;
  }
}
