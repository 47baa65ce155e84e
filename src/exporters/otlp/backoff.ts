/** Bounds of the wait between attempts. */
export interface BackoffOptions {
  /** First wait, default 1,000 ms. */
  readonly initialMs?: number;
  /** Longest wait, default 30,000 ms. */
  readonly maxMs?: number;
  /** Growth per failed attempt, default 1.5. */
  readonly factor?: number;
  /** Uniform random number in [0, 1), default `Math.random`. */
  readonly random?: () => number;
}

/** Exponential wait between attempts, spread by 20 % so that many processes do not come back at the same instant. */
export class Backoff {
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #factor: number;
  readonly #random: () => number;
  #failures = 0;

  constructor(options: BackoffOptions = {}) {
    this.#initialMs = options.initialMs ?? 1_000;
    this.#maxMs = options.maxMs ?? 30_000;
    this.#factor = options.factor ?? 1.5;
    this.#random = options.random ?? Math.random;
  }

  /** Milliseconds to wait after one more failure; at least what the receiver asked for. */
  next(retryAfterMs = 0): number {
    const baseMs = Math.min(this.#initialMs * this.#factor ** this.#failures, this.#maxMs);
    this.#failures += 1;
    return Math.max(baseMs * (0.8 + 0.4 * this.#random()), retryAfterMs);
  }

  reset(): void {
    this.#failures = 0;
  }
}
