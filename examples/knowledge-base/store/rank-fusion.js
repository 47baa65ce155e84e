// @ts-check
/**
 * Reciprocal rank fusion: joins several rankings without having to make their scores comparable.
 *
 *     score(d) = Σ over rankings 1 / (k + rank of d)        rank counts from 1; a ranking that misses d adds nothing
 *
 * Source: Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods"
 * (SIGIR 2009), which also gives k = 60.
 */
const K = 60;

/**
 * @template T
 * @param {readonly (readonly T[])[]} rankings each best first
 * @param {number} [k] the larger, the less the first places count
 * @returns {{ item: T, score: number, ranks: (number | undefined)[] }[]} best first; `ranks` in the order of `rankings`
 */
export function fuseRankings(rankings, k = K) {
  /** @type {Map<T, { item: T, score: number, ranks: (number | undefined)[] }>} */
  const fused = new Map();
  for (const [index, ranking] of rankings.entries()) {
    for (const [position, item] of ranking.entries()) {
      let entry = fused.get(item);
      if (entry === undefined) {
        entry = { item, score: 0, ranks: rankings.map(() => undefined) };
        fused.set(item, entry);
      }
      // Only the best place counts when a ranking names an item twice.
      if (entry.ranks[index] !== undefined) continue;
      entry.ranks[index] = position + 1;
      entry.score += 1 / (k + position + 1);
    }
  }
  return [...fused.values()].sort((a, b) => b.score - a.score);
}
