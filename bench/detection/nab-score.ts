/**
 * Score of the Numenta Anomaly Benchmark, standard profile: Lavin, Ahmad, "Evaluating Real-time Anomaly Detection Algorithms",
 * 2015, with the details of the reference implementation (numenta/NAB, `nab/sweeper.py`). 0 = silence, 100 = perfect.
 */
const FALSE_POSITIVE_WEIGHT = 0.11;

/** Inclusive row numbers of an anomaly. */
export interface AnomalyWindow {
  readonly from: number;
  readonly to: number;
}

/** A series with its windows, and the rows a detector flagged. */
export interface FlaggedSeries {
  readonly length: number;
  readonly windows: readonly AnomalyWindow[];
  readonly flagged: readonly number[];
}

function sigmoid(x: number): number {
  return x > 3 ? -1 : 2 / (1 + Math.exp(5 * x)) - 1;
}

/** Rows at the begin of a series that are not scored: 15 %, at most 750. */
function probationRows(length: number): number {
  return Math.floor(Math.min(length * 0.15, 750));
}

function rawScore({ length, windows, flagged }: FlaggedSeries): number {
  const probation = probationRows(length);
  let score = 0;
  const detected = new Set<AnomalyWindow>();
  for (const row of [...flagged].sort((a, b) => a - b)) {
    if (row < probation) continue;
    const inside = windows.find(({ from, to }) => row >= from && row <= to);
    if (inside !== undefined) {
      if (detected.has(inside)) continue;
      detected.add(inside);
      const size = inside.to - inside.from + 1;
      score += sigmoid(-(inside.to - row + 1) / size) / sigmoid(-1);
      continue;
    }
    const before = windows.filter(({ to }) => to < row).at(-1);
    const penalty = before === undefined ? -1 : sigmoid((row - before.to) / Math.max(1, before.to - before.from));
    score += FALSE_POSITIVE_WEIGHT * penalty;
  }
  return score - (windows.length - detected.size);
}

/** Normalised score over all series together. */
export function nabScore(series: readonly FlaggedSeries[]): number {
  const windows = series.reduce((sum, one) => sum + one.windows.length, 0);
  const raw = series.reduce((sum, one) => sum + rawScore(one), 0);
  return (100 * (raw + windows)) / (2 * windows);
}
