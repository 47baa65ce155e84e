import type { Clock, Timer } from '../../core/clock.ts';
import type { LoopLog } from './loop-log.ts';

/** Fine enough to see what keeps a call waiting noticeably; fifty firings a second are not noticed. */
const INTERVAL_MS = 20;
/** Timers are late by less than this on a busy machine without anybody's fault. */
const LATE_MS = 10;

/** How long the thread has run and has waited for a processor so far. */
type Times = { readonly ranMs: number; readonly waitedMs: number };

/** Finds the stretches in which the event loop did not turn: a timer of 20 ms fires late by that much. Its timer is unref'ed. */
export class LoopWatch {
  readonly #clock: Clock;
  readonly #log: Pick<LoopLog, 'blocked'>;
  readonly #processor: () => Times | undefined;
  #timer: Timer | undefined;
  #firedAt = 0;
  #before: Times | undefined;

  /** @param processor where it is known */
  constructor(clock: Clock, log: Pick<LoopLog, 'blocked'>, processor: () => Times | undefined = () => undefined) {
    this.#clock = clock;
    this.#log = log;
    this.#processor = processor;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#firedAt = this.#clock.now();
    this.#before = this.#processor();
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
    const times = this.#processor();
    if (now - due > LATE_MS) this.#log.blocked(due, now, Math.min(starved(this.#before, times), now - due));
    this.#firedAt = now;
    this.#before = times;
  }
}

/**
 * Milliseconds in which there was no processor for a thread that wanted next to nothing. Code that runs for so long that it would have been
 * late on an idle machine, too, is what keeps the loop, however long it takes on a crowded one.
 */
function starved(before: Times | undefined, now: Times | undefined): number {
  if (before === undefined || now === undefined || now.ranMs - before.ranMs > LATE_MS) return 0;
  return now.waitedMs - before.waitedMs;
}
