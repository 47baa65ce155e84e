/** Handle of a repeating timer; `stop` is idempotent. */
export interface Timer {
  stop(): void;
}

/**
 * The only source of time in the product, injected everywhere so that tests need no sleeping.
 *
 * `now` is monotonic milliseconds with sub-millisecond resolution (origin: process start); `timeOrigin` is the wall-clock
 * time of that origin in milliseconds since the Unix epoch, so `timeOrigin + now()` is wall-clock time that never jumps.
 */
export interface Clock {
  readonly timeOrigin: number;
  now(): number;
  /** Calls `fn` every `intervalMs`; the timer never keeps the process alive. */
  every(intervalMs: number, fn: () => void): Timer;
  /** Calls `fn` once after `delayMs`; the timer never keeps the process alive. */
  after(delayMs: number, fn: () => void): Timer;
}

/** Monotonic milliseconds for the hot path; bound at load so that an application's fake timers do not reach it. */
export const monotonicNow: () => number = performance.now.bind(performance);

/** The clock of this process: `performance.now()` and unref'ed timers. */
export const systemClock: Clock = {
  timeOrigin: performance.timeOrigin,
  now: monotonicNow,
  every(intervalMs, fn) {
    const handle = setInterval(fn, intervalMs);
    handle.unref();
    return { stop: () => clearInterval(handle) };
  },
  after(delayMs, fn) {
    const handle = setTimeout(fn, delayMs);
    handle.unref();
    return { stop: () => clearTimeout(handle) };
  },
};
