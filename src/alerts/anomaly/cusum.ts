/**
 * One-sided cumulative sum of evidence: S = max(0, S + min(0.6 h, gain)), alarm when S reaches h, over again below h / 2.
 *
 * The cap on a single step asks for at least two ticks of evidence; S itself is capped at h, so that an alarm ends as soon as
 * the evidence turns, however long it lasted. Source: Page, "Continuous inspection schemes", Biometrika 41, 1954.
 */
export class Cusum {
  readonly #limit: number;
  #sum = 0;
  #isAlarming = false;

  /** @param limit h: evidence needed for an alarm, in nats of log-likelihood ratio */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get sum(): number {
    return this.#sum;
  }

  get isAlarming(): boolean {
    return this.#isAlarming;
  }

  /** Adds the evidence of a tick; answers whether the alarm stands. */
  add(gain: number): boolean {
    if (!Number.isFinite(gain)) return this.#isAlarming;
    const limit = this.#limit;
    this.#sum = Math.min(limit, Math.max(0, this.#sum + Math.min(0.6 * limit, gain)));
    if (this.#sum >= limit) this.#isAlarming = true;
    else if (this.#sum < limit / 2) this.#isAlarming = false;
    return this.#isAlarming;
  }

  reset(): void {
    this.#sum = 0;
    this.#isAlarming = false;
  }
}
