import type { Clock, Timer } from '../../core/clock.ts';
import type { LoopLog } from './loop-log.ts';

/** Fine enough to see what keeps a call waiting noticeably; fifty firings a second are not noticed. */
const INTERVAL_MS = 20;
/** Timers are late by less than this on a busy machine without anybody's fault. */
const LATE_MS = 10;

const RAN_SHARE = 0.2;

/** What is known about the thread so far. */
export interface ThreadTimes {
  /** How long the loop has had nothing to do. */
  readonly idleMs: number;
  /** How long the thread has run and has waited for a processor, where the system tells. */
  readonly processor: { readonly ranMs: number; readonly waitedMs: number } | undefined;
}

/**
 * Finds the stretches in which the event loop did not turn: a timer of 20 ms fires late by that much. Its timer is unref'ed; on an idle machine it
 * costs some 0.3 % of a core (`npm run bench:idle`). Node's own histogram of the delay costs as much and tells how long, but not when.
 */
export class LoopWatch {
  readonly #clock: Clock;
  readonly #log: Pick<LoopLog, 'blocked' | 'turned'>;
  readonly #times: () => ThreadTimes;
  #timer: Timer | undefined;
  #firedAt = 0;
  #before: ThreadTimes;

  constructor(clock: Clock, log: Pick<LoopLog, 'blocked' | 'turned'>, times: () => ThreadTimes) {
    this.#clock = clock;
    this.#log = log;
    this.#times = times;
    this.#before = times();
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#firedAt = this.#clock.now();
    this.#before = this.#times();
    this.#timer = this.#clock.every(INTERVAL_MS, () => this.#fired());
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }

  #fired(): void {
    const now = this.#clock.now();
    const due = this.#firedAt + INTERVAL_MS;
    const times = this.#times();
    if (now - due > LATE_MS) {
      // It may have been idle before it was kept, or woken late: all that is known is for how long, and that it is not idle now.
      const idleMs = Math.max(0, times.idleMs - this.#before.idleMs);
      const busyFrom = Math.min(now, this.#firedAt + idleMs);
      const starvedMs = Math.max(starved(this.#before, times), busyFrom - due);
      this.#log.blocked(due, now, Math.min(starvedMs, now - due), busyFrom);
    }
    this.#log.turned();
    this.#firedAt = now;
    this.#before = times;
  }
}

/**
 * Milliseconds in which the thread was ready to run and had no processor, where that is what it mostly did. Code that had a fifth of the time
 * to itself is what keeps the loop, however long it takes on a crowded machine.
 */
function starved({ processor: before }: ThreadTimes, { processor: now }: ThreadTimes): number {
  if (before === undefined || now === undefined) return 0;
  const waitedMs = now.waitedMs - before.waitedMs;
  const ranMs = now.ranMs - before.ranMs;
  return ranMs < RAN_SHARE * (ranMs + waitedMs) ? waitedMs : 0;
}
