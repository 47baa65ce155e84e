/** Quantile of a sample by linear interpolation between order statistics (Hyndman and Fan, type 7). NaN when empty. */
export function quantile(sample: readonly number[], q: number): number {
  const sorted = [...sample].sort((left, right) => left - right);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** Middle of a sample and how far it spreads. */
export interface Spread {
  readonly median: number;
  readonly q1: number;
  readonly q3: number;
  /**
   * Half width of the 95 % interval of the median, 1.57 IQR / sqrt(n).
   * Source: McGill, Tukey, Larsen: "Variations of Box Plots", The American Statistician 32(1), 1978.
   */
  readonly uncertainty: number;
}

export function spreadOf(sample: readonly number[]): Spread {
  const q1 = quantile(sample, 0.25);
  const q3 = quantile(sample, 0.75);
  return { median: quantile(sample, 0.5), q1, q3, uncertainty: (1.57 * (q3 - q1)) / Math.sqrt(sample.length) };
}

/** Uniform numbers in [0, 1) from a seed: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The items in an order drawn from `random` (Fisher and Yates). */
export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] as Item, order[last] as Item];
  }
  return order;
}
