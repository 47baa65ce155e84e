/**
 * Token bucket: lets `perSecond` events a second pass on average, and as many at once after a quiet second.
 *
 *     tokens = min(perSecond, tokens + elapsedSeconds * perSecond);  pass when tokens >= 1, which takes one
 *
 * Costs a reading of the clock and some arithmetic; needs no timer.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #now: () => number;
  #tokens: number;
  #at: number;

  /** @param now monotonic milliseconds */
  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#now = now;
    this.#tokens = perSecond;
    this.#at = now();
  }

  take(): boolean {
    const now = this.#now();
    this.#tokens = Math.min(this.#perSecond, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
