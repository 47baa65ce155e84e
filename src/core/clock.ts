/** Handle of a repeating timer; `stop` is idempotent. */
export interface Timer {
  stop(): void;
}

/**
 * The only source of time in the product, injected everywhere so that tests need no sleeping.
 *
 * `now` is monotonic milliseconds with sub-millisecond resolution (origin: process start); `timeOrigin` is the wall-clock
 * time of that origin in milliseconds since the Unix epoch, so `timeOrigin + now()` is wall-clock time that never goes back. Read it each
 * time: it moves on when the machine has slept.
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

/**
 * Wall-clock time of the origin of a monotonic clock. A machine that sleeps stops many a monotonic clock, and a wall clock may be set forward: then
 * the origin moves along, or everything dated by it would lie in the past for receivers (an Alertmanager takes an alert that
 * ended for resolved). It never moves back, and not for the little that clocks are apart anyway.
 *
 * @param wallMs milliseconds since the Unix epoch
 */
export function followingOrigin(nowMs: () => number, wallMs: () => number, origin: number): () => number {
  let current = origin;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = nowMs();
    if (now - lookedAt < LOOK_EVERY_MS) return current;
    lookedAt = now;
    const actual = wallMs() - now;
    if (actual - current > APART_MS) current = actual;
    return current;
  };
}

const LOOK_EVERY_MS = 1_000;
const APART_MS = 1_000;
const systemOrigin = followingOrigin(monotonicNow, Date.now.bind(Date), performance.timeOrigin);

/** The clock of this process: `performance.now()` and unref'ed timers. */
export const systemClock: Clock = {
  get timeOrigin() {
    return systemOrigin();
  },
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
