/** Sum at which the tier takes the errors for a burst, at one event a second or fewer, and the one below which it is over. */
const ALARM = 9;
const CLEAR = ALARM / 2;

/** How much the alarm is raised per e-fold of the traffic. */
const RAISE = 2;

/**
 * Finds bursts of errors within seconds, where the windows of the burn rates need minutes: a Bernoulli CUSUM over single events.
 *
 *     p0 = max(6 (1 - objective), 1 %)      ratio of bad events that is still no burst
 *     p1 = min(0.5, max(8 p0, 10 %))        ratio that is one
 *     h  = 9 + 2 ln(max(1, events a second))
 *     S  = max(0, S + (bad ? ln(p1/p0) : ln((1-p1)/(1-p0)))), at most h; burning from S = h until S < 4.5
 *
 * Why h grows with the traffic: between false alarms lie some exp(θh) events, where θ solves p (p1/p0)^θ + (1-p) ((1-p1)/(1-p0))^θ = 1
 * for the true ratio p; θ is 1 at p0, 1.4 to 1.7 at three times the budget, over 2 within the budget. With a fixed h twice the
 * traffic would mean twice the false alarms per day; h = 9 + ln(rate)/θ keeps them constant. Twice the largest 1/θ makes them
 * fewer the more traffic there is. It costs (h - 9)/drift events, of which there are then many: 5 to 7 s at five a second.
 * Below one a second nothing is lowered: there a handful of events must do.
 *
 * Source: Page, "Continuous inspection schemes", Biometrika 41, 1954; for Bernoulli trials Reynolds and Stoumbos, J. Quality
 * Technology 31, 1999; θ is Wald's. Where the objective is so lax that p0 >= p1 there is no fast tier.
 */
export class FastTier {
  /** Whether there is such a tier for the objective at all. */
  readonly applies: boolean;
  readonly #badStep: number;
  readonly #goodStep: number;
  /** The sum, and the limit in force. */
  readonly #sum = new Float64Array(1);
  readonly #alarm = Float64Array.of(ALARM);
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

  /** Sets the limit by the traffic of the last minutes, in events a second. */
  follow(ratePerSecond: number): void {
    this.#alarm[0] = ALARM + RAISE * Math.log(Math.max(1, ratePerSecond));
  }

  /** Adds so many events of one kind, one after the other. */
  add(isBad: boolean, count = 1): void {
    if (!this.applies) return;
    const before = this.#sum[0] as number;
    if (before === 0 && !isBad) return;
    const alarm = this.#alarm[0] as number;
    const sum = before + count * (isBad ? this.#badStep : this.#goodStep);
    this.#sum[0] = Math.min(alarm, Math.max(0, sum));
    if (sum >= alarm) this.#burning = true;
    else if (sum < CLEAR) this.#burning = false;
  }

  /** Forgets everything: nothing has happened for so long that what was is not what is. */
  reset(): void {
    this.#sum[0] = 0;
    this.#burning = false;
  }
}
