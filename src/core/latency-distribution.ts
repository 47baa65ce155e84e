import { LatencyTally } from './latency-tally.ts';
import type { LatencyWindow } from './latency-window.ts';

/** Calls within one stretch of latency. */
export interface DistributionBin {
  /** Seconds; the lower edge is exclusive, the upper one inclusive. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Eight bins to a factor of ten: 33 % wide, fine enough to see two humps, coarse enough to draw. */
const BINS_PER_DECADE = 8;

/** How the calls of a window spread over latency, from the fastest to the slowest bin without a gap; empty without calls. */
export function latencyDistribution(window: LatencyWindow, nowMs: number): DistributionBin[] {
  const tally = new LatencyTally(window.buckets.slotCount);
  window.addTo(tally, nowMs);
  const counts = new Map<number, number>();
  tally.eachSlot((slot, count) => {
    const bin = Math.ceil(Math.log10(window.buckets.estimate(slot)) * BINS_PER_DECADE);
    counts.set(bin, (counts.get(bin) ?? 0) + count);
  });
  const bins = [...counts.keys()];
  const first = Math.min(...bins);
  return Array.from({ length: bins.length === 0 ? 0 : Math.max(...bins) - first + 1 }, (_, index) => ({
    from: 10 ** ((first + index - 1) / BINS_PER_DECADE),
    to: 10 ** ((first + index) / BINS_PER_DECADE),
    count: counts.get(first + index) ?? 0,
  }));
}
