import { LatencyTally } from '../../core/latency-tally.ts';
import type { LogBuckets } from '../../core/log-buckets.ts';

/** Length of a slice; the newest one is the guard that keeps a beginning disturbance out of the baseline. */
export const SLICE_MS = 60_000;
const SLICES = 31;

/** Latencies of the last half hour in slices of a minute, for the baseline of one operation. Gaps expire by time. */
export class LatencyHistory {
  readonly #buckets: LogBuckets;
  /** Slice number to tally; at most 31, in order of time. */
  readonly #slices: { number: number; tally: LatencyTally }[] = [];

  constructor(buckets: LogBuckets) {
    this.#buckets = buckets;
  }

  /** Files the requests of a tick. */
  add(tick: LatencyTally, nowMs: number): void {
    const number = Math.floor(nowMs / SLICE_MS);
    const newest = this.#slices.at(-1);
    if (newest === undefined || number > newest.number) {
      this.#expire(number);
      const oldest = this.#slices.length >= SLICES ? this.#slices.shift() : undefined;
      oldest?.tally.clear();
      this.#slices.push({ number, tally: oldest?.tally ?? new LatencyTally(this.#buckets.slotCount) });
    }
    // A clock that went back files into the newest slice until it has caught up.
    this.#slices.at(-1)?.tally.addAll(tick);
  }

  /** The requests of the past but for the newest `guardSlices`, or only of the newest `onlySlices`. */
  merged(
    nowMs: number,
    { guardSlices = 0, onlySlices = SLICES }: { readonly guardSlices?: number; readonly onlySlices?: number },
  ): LatencyTally {
    const number = Math.floor(nowMs / SLICE_MS);
    this.#expire(number);
    const all = new LatencyTally(this.#buckets.slotCount);
    for (const slice of this.#slices) {
      if (slice.number <= number - guardSlices && slice.number > number - guardSlices - onlySlices) {
        all.addAll(slice.tally);
      }
    }
    return all;
  }

  /** How many slices have seen requests, but for the newest `guardSlices`. */
  sliceCount(nowMs: number, guardSlices: number): number {
    const newest = Math.floor(nowMs / SLICE_MS) - guardSlices;
    return this.#slices.filter(({ number, tally }) => number <= newest && tally.count > 0).length;
  }

  /** Forgets what happened before (or from) an instant. */
  forget({
    beforeMs = Number.NEGATIVE_INFINITY,
    fromMs = Number.POSITIVE_INFINITY,
  }: {
    readonly beforeMs?: number;
    readonly fromMs?: number;
  }): void {
    const kept = this.#slices.filter(
      ({ number }) => (number + 1) * SLICE_MS > beforeMs && (number + 1) * SLICE_MS <= fromMs,
    );
    this.#slices.splice(0, this.#slices.length, ...kept);
  }

  #expire(number: number): void {
    while (this.#slices.length > 0 && (this.#slices[0]?.number as number) <= number - SLICES) this.#slices.shift();
  }
}
