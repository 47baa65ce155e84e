/**
 * Quantile of a histogram with explicit buckets, interpolated linearly within the bucket, as Prometheus' `histogram_quantile`
 * does: the first bucket starts at 0 (where its bound is positive), the last one answers its lower bound.
 *
 * @param boundaries upper bounds, ascending
 * @param counts one more than boundaries
 * @returns `undefined` without recordings
 */
export function bucketQuantile(
  quantile: number,
  boundaries: readonly number[],
  counts: ArrayLike<number>,
): number | undefined {
  let total = 0;
  for (let at = 0; at < counts.length; at++) total += counts[at] ?? 0;
  if (total <= 0 || boundaries.length === 0) return undefined;
  const rank = quantile * total;
  let below = 0;
  let at = 0;
  while (at < counts.length - 1 && below + (counts[at] ?? 0) < rank) below += counts[at++] ?? 0;
  if (at >= boundaries.length) return boundaries.at(-1);
  const upper = boundaries[at] ?? 0;
  if (at === 0 && upper <= 0) return upper;
  const lower = at === 0 ? 0 : (boundaries[at - 1] ?? 0);
  const inside = counts[at] ?? 0;
  return inside === 0 ? lower : lower + (upper - lower) * ((rank - below) / inside);
}
