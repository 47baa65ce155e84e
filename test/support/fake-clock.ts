import type { Clock, Timer } from '../../src/core/clock.ts';

interface Scheduled {
  at: number;
  every: number | undefined;
  fn: () => void;
}

/** A clock that moves only when told to; timers run in order of their due time. */
export class FakeClock implements Clock {
  readonly timeOrigin: number;
  #now = 0;
  readonly #scheduled = new Set<Scheduled>();

  constructor(timeOrigin = 1_700_000_000_000) {
    this.timeOrigin = timeOrigin;
  }

  now(): number {
    return this.#now;
  }

  every(intervalMs: number, fn: () => void): Timer {
    return this.#schedule({ at: this.#now + intervalMs, every: intervalMs, fn });
  }

  after(delayMs: number, fn: () => void): Timer {
    return this.#schedule({ at: this.#now + delayMs, every: undefined, fn });
  }

  /** Moves time forward, running every timer that falls due on the way. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#scheduled].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#now = next.at;
      if (next.every === undefined) this.#scheduled.delete(next);
      else next.at += next.every;
      next.fn();
    }
    this.#now = end;
  }

  /** Sets the time without running timers: clock jumps, forwards or backwards. */
  jump(toMs: number): void {
    this.#now = toMs;
  }

  #schedule(entry: Scheduled): Timer {
    this.#scheduled.add(entry);
    return { stop: () => void this.#scheduled.delete(entry) };
  }
}
