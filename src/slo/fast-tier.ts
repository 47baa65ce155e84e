/** Sum at which the tier takes the errors for a burst, and the one below which it is over. */
const ALARM = 9;
const CLEAR = ALARM / 2;

/**
 * Finds bursts of errors within seconds, where the windows of the burn rates need minutes: a Bernoulli CUSUM over single events.
 *
 *     p0 = max(6 (1 - objective), 1 %)      ratio of bad events that is still no burst
 *     p1 = min(0.5, max(8 p0, 10 %))        ratio that is one
 *     S  = max(0, S + (bad ? ln(p1/p0) : ln((1-p1)/(1-p0)))), at most 9; burning from S = 9 until S < 4.5
 *
 * Source: Page, "Continuous inspection schemes", Biometrika 41, 1954; for Bernoulli trials Reynolds and Stoumbos, J. Quality
 * Technology 31, 1999. Where the objective is so lax that p0 >= p1 there is no fast tier.
 */
export class FastTier {
  /** Whether there is such a tier for the objective at all. */
  readonly applies: boolean;
  readonly #badStep: number;
  readonly #goodStep: number;
  readonly #sum = new Float64Array(1);
  #burning = false;

  constructor(objective: number) {
    const p0 = Math.max(6 * (1 - objective), 0.01);
    const p1 = Math.min(0.5, Math.max(8 * p0, 0.1));
    this.applies = p0 < p1;
    this.#badStep = Math.log(p1 / p0);
    this.#goodStep = Math.log((1 - p1) / (1 - p0));
  }

  get burning(): boolean {
    return this.#burning;
  }

  /** Adds one event. */
  add(isBad: boolean): void {
    if (!this.applies) return;
    const sum = (this.#sum[0] ?? 0) + (isBad ? this.#badStep : this.#goodStep);
    this.#sum[0] = Math.min(ALARM, Math.max(0, sum));
    if (sum >= ALARM) this.#burning = true;
    else if (sum < CLEAR) this.#burning = false;
  }

  /** Forgets everything: nothing has happened for so long that what was is not what is. */
  reset(): void {
    this.#sum[0] = 0;
    this.#burning = false;
  }
}
