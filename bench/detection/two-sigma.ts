/** The plain method, for comparison: the mean of the last 10 s against mean and deviation of the 60 before it. */
const WINDOW = 60;
const SIGMAS = 2;

/** Flags a figure that is more than two standard deviations away from the mean of the last 60. */
export class TwoSigma {
  readonly #past: number[] = [];

  add(value: number): boolean {
    if (!Number.isFinite(value)) return false;
    const past = this.#past;
    const mean = past.reduce((sum, one) => sum + one, 0) / past.length;
    const variance = past.reduce((sum, one) => sum + (one - mean) ** 2, 0) / past.length;
    const isUnusual = past.length === WINDOW && Math.abs(value - mean) > SIGMAS * Math.sqrt(variance);
    past.push(value);
    if (past.length > WINDOW) past.shift();
    return isUnusual;
  }
}
