import fc from 'fast-check';
import { expect } from 'vitest';
import { quantileRankInterval } from '../../src/core/confidence.ts';
import type { LatencySummary } from '../../src/core/latency-window.ts';
import { HOSTILE_NUMBERS } from './hostile-numbers.ts';

/** One event of a generated history: time passes (or runs backwards), then something is recorded. */
export interface Step {
  readonly gapMs: number;
  readonly seconds: number;
}

/** Keeps every record with its slice in an array and filters on reading: slow, and too simple to be wrong. */
export class NaiveWindow<T> {
  readonly #windowMs: number;
  readonly #slices: number;
  #entries: { slice: number; value: T }[] = [];
  #head = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number, slices: number) {
    this.#windowMs = windowMs;
    this.#slices = slices;
  }

  record(value: T, nowMs: number): void {
    const slice = this.#sliceOf(nowMs);
    const back = this.#head - slice;
    if (back >= this.#slices && back !== Number.POSITIVE_INFINITY) {
      this.#entries = this.#entries.map((entry) => ({ ...entry, slice: entry.slice - back }));
      this.#head = slice;
    }
    this.#head = Math.max(this.#head, slice);
    // What has expired once stays expired, even when the clock goes back later.
    this.#entries = this.#entries.filter((entry) => entry.slice > this.#head - this.#slices);
    this.#entries.push({ slice: this.#head, value });
  }

  live(nowMs: number): T[] {
    const at = isPlaceable(nowMs) ? Math.max(this.#head, this.#sliceOf(nowMs)) : this.#head;
    return this.#entries.filter((entry) => entry.slice > at - this.#slices).map((entry) => entry.value);
  }

  #sliceOf(nowMs: number): number {
    return Math.floor(nowMs / (this.#windowMs / this.#slices));
  }
}

/** Mostly short gaps, some around and beyond the window, some idle hours, some steps back. */
export const gapArbitrary: fc.Arbitrary<number> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 4_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 50_000, max: 70_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(60_000, 59_999, 6_000, 5_999, 3_600_000) },
  { weight: 1, arbitrary: fc.integer({ min: -130_000, max: -1 }) },
);

/** Latencies within the range of the layout, with many ties. */
export const secondsArbitrary: fc.Arbitrary<number> = fc.oneof(
  fc.double({ min: -6, max: 3.55, noNaN: true }).map((exponent) => 10 ** exponent),
  fc.constantFrom(1e-6, 0.001, 0.05, 0.25, 1, 3600),
);

export const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  gapMs: gapArbitrary,
  seconds: fc.oneof(
    { weight: 12, arbitrary: secondsArbitrary },
    { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_NUMBERS) },
  ),
});

/** Times a window can place. */
export function isPlaceable(nowMs: number): boolean {
  return Math.abs(nowMs) <= Number.MAX_SAFE_INTEGER;
}

/** What a window accepts: a finite number of seconds that a clock could have measured. */
export function isAccepted(seconds: number): boolean {
  return Number.isFinite(seconds) && seconds >= 0 && seconds <= Number.MAX_SAFE_INTEGER;
}

const ROUNDING = 1e-9;

/** Asserts a summary against the plain list of values it should describe. */
export function expectToDescribe(summary: LatencySummary, values: readonly number[], relativeError = 0.01): void {
  const sorted = values.map((value) => value + 0).sort((a, b) => a - b);
  const n = sorted.length;
  expect(summary.count).toBe(n);
  expect(summary.min).toBe(sorted[0]);
  expect(summary.max).toBe(sorted[n - 1]);
  if (n === 0) expect(summary.mean).toBeUndefined();
  else {
    const mean = sorted.reduce((sum, value) => sum + value, 0) / n;
    expect(Math.abs((summary.mean ?? Number.NaN) - mean)).toBeLessThanOrEqual(mean * ROUNDING);
  }
  for (const estimate of summary.quantiles) {
    expect(estimate.samples).toBe(n);
    if (estimate.seconds === undefined) continue;
    // The range of the layout: below and above it only the bucket of the range end is known.
    const inRange = (seconds: number): number => Math.min(Math.max(seconds, 1e-6), 3600);
    const truth = inRange(sorted[Math.ceil(estimate.quantile * n - ROUNDING) - 1] ?? Number.NaN);
    expect(Math.abs(inRange(estimate.seconds) - truth)).toBeLessThanOrEqual(truth * (relativeError + ROUNDING));

    const ranks = quantileRankInterval(estimate.quantile, n);
    expect(estimate.lowSeconds === undefined).toBe(ranks.low === undefined);
    expect(estimate.highSeconds === undefined).toBe(ranks.high === undefined);
    if (ranks.low !== undefined) {
      expect(estimate.lowSeconds).toBeLessThanOrEqual((sorted[ranks.low - 1] ?? Number.NaN) * (1 + ROUNDING));
      expect(estimate.lowSeconds).toBeLessThanOrEqual(estimate.seconds);
    }
    if (ranks.high !== undefined) {
      expect(estimate.highSeconds).toBeGreaterThanOrEqual((sorted[ranks.high - 1] ?? Number.NaN) * (1 - ROUNDING));
      expect(estimate.highSeconds).toBeGreaterThanOrEqual(estimate.seconds);
    }
  }
}
