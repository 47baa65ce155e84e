import { seededRandom } from '../support/statistics.ts';

/** What is drawn from a seeded source of uniform numbers. */
export interface Draws {
  uniform(): number;
  /** Standard normal (Box and Muller). */
  normal(): number;
  /** Time to the next of events that come at `ratePerSecond`, in seconds. */
  interval(ratePerSecond: number): number;
}

export function seededDraws(seed: number): Draws {
  const uniform = seededRandom(seed);
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    interval: (ratePerSecond) => -Math.log(1 - uniform()) / ratePerSecond,
  };
}
