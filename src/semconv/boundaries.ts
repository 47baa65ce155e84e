/** Bucket boundaries of the four duration histograms of the MCP conventions, in seconds. */
export const OPERATION_DURATION_BOUNDARIES: readonly number[] = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300,
];

/** Fine boundaries for stages and components, in seconds, from 50 µs. */
export const STAGE_DURATION_BOUNDARIES: readonly number[] = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Boundaries of message sizes, in bytes. */
export const MESSAGE_SIZE_BOUNDARIES: readonly number[] = [
  128, 512, 2_048, 8_192, 32_768, 131_072, 524_288, 2_097_152, 8_388_608,
];

/** Boundaries of batch sizes, in items. */
export const BATCH_SIZE_BOUNDARIES: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000];

/** Boundaries of garbage-collection pauses (`v8js.gc.duration`), in seconds. */
export const GC_DURATION_BOUNDARIES: readonly number[] = [0.01, 0.1, 1, 10];

/**
 * Adds objective thresholds to a list of boundaries, so that the ratio of breaches is exact in every back end.
 * Thresholds that are not finite and positive are ignored; the result is sorted and free of duplicates.
 */
export function withThresholds(boundaries: readonly number[], thresholds: readonly number[]): readonly number[] {
  const usable = thresholds.filter((threshold) => Number.isFinite(threshold) && threshold > 0);
  return [...new Set([...boundaries, ...usable])].sort((a, b) => a - b);
}
