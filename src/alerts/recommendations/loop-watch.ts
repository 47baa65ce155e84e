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
  readonly #waitedMs: () => number | undefined;
  #timer: Timer | undefined;
  #firedAt = 0;
  #waitedBefore: number | undefined;

  /** @param waitedMs how long this thread has waited for a processor so far, where that is known */
  constructor(clock: Clock, log: Pick<LoopLog, 'blocked'>, waitedMs: () => number | undefined = () => undefined) {
    this.#clock = clock;
    this.#log = log;
    this.#waitedMs = waitedMs;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#firedAt = this.#clock.now();
    this.#waitedBefore = this.#waitedMs();
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
    const waited = this.#waitedMs();
    const starved = waited === undefined || this.#waitedBefore === undefined ? 0 : waited - this.#waitedBefore;
    if (now - due > LATE_MS) this.#log.blocked(due, now, Math.min(starved, now - due));
    this.#firedAt = now;
    this.#waitedBefore = waited;
  }
}
