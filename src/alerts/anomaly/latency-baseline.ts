import type { LatencyTally } from '../../core/latency-tally.ts';
import type { LogBuckets } from '../../core/log-buckets.ts';

/** Latencies further than this many spreads from the median count as if they were that far: one outlier is not a level. */
const WINSOR_SPREADS = 3;
/** Narrower spreads are resolution of clock and buckets, not of the service. */
const SMALLEST_SPREAD = 0.15;
/** A level that wanders by 10 % takes the slowest requests along: they count as slow from there on. */
const TAIL_DEAD_ZONE = 1.1;

/** What an operation's latency normally is, in natural logarithms of seconds. JSON-serialisable. */
export interface LatencyBaseline {
  readonly requests: number;
  /** Minutes it was learned from. */
  readonly slices: number;
  readonly median: number;
  /** Half the distance between the 16th and the 84th percentile. */
  readonly spread: number;
  /** Mean and variance of the winsorised logarithms. */
  readonly mean: number;
  readonly variance: number;
  /** Slot of 1.1 times the 95th percentile, and the share of requests that was above it. */
  readonly tailSlot: number;
  readonly tailShare: number;
  /** 95th percentile in seconds. */
  readonly p95: number;
}

/** Logarithm of a slot, winsorised to what is normal. */
export function winsorised(logSeconds: number, { median, spread }: Pick<LatencyBaseline, 'median' | 'spread'>): number {
  const reach = WINSOR_SPREADS * spread;
  return Math.min(median + reach, Math.max(median - reach, logSeconds));
}

/** Describes what a tally of past requests shows; the tally must not be empty. */
export function describeBaseline(tally: LatencyTally, buckets: LogBuckets): Omit<LatencyBaseline, 'slices'> {
  const requests = tally.count;
  const slotAt = (share: number): number => tally.slotAtRank(Math.max(1, Math.ceil(share * requests)));
  const logAt = (share: number): number => Math.log(buckets.estimate(slotAt(share)));
  const median = logAt(0.5);
  const spread = Math.max(SMALLEST_SPREAD, (logAt(0.84) - logAt(0.16)) / 2);
  const p95 = buckets.estimate(slotAt(0.95));
  const tailSlot = buckets.slotOf(p95 * TAIL_DEAD_ZONE);
  let sum = 0;
  let squares = 0;
  let above = 0;
  tally.forEach((slot, count) => {
    const x = winsorised(Math.log(buckets.estimate(slot)), { median, spread }) - median;
    sum += x * count;
    squares += x * x * count;
    if (slot > tailSlot) above += count;
  });
  const offset = sum / requests;
  return {
    requests,
    median,
    spread,
    mean: median + offset,
    variance: Math.max(0, squares / requests - offset * offset),
    tailSlot,
    tailShare: above / requests,
    p95,
  };
}
