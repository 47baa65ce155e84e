import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Column, type Fold, FoldingTable } from '../../src/status/history/folding-table.ts';
import { HISTORY_TIERS, History } from '../../src/status/history/history.ts';
import { verifies } from '../support/verifies.ts';

const FOLDS: readonly Fold[] = ['sum', 'mean', 'max', 'min', 'last'];
const COLUMNS: readonly Column[] = FOLDS.map((fold) => ({ name: fold, fold }));
const TIER = { resolutionMs: 10, spanMs: 400 };
const ROWS = TIER.spanMs / TIER.resolutionMs;

interface Sample {
  readonly at: number;
  readonly value: number;
}

/** Every sample in a list, grouped and folded when read. */
class NaiveTable {
  #samples: Sample[] = [];

  add(sample: Sample): void {
    const bucket = bucketOf(sample.at);
    const last = this.#samples.at(-1);
    if (last !== undefined && bucket < bucketOf(last.at)) {
      this.#samples = this.#samples.filter(({ at }) => bucketOf(at) < bucket);
    }
    this.#samples.push(sample);
  }

  rows(): (readonly [number, ...number[]])[] {
    const buckets = new Map<number, number[]>();
    for (const { at, value } of this.#samples) {
      const values = buckets.get(bucketOf(at)) ?? [];
      buckets.set(bucketOf(at), values);
      if (Number.isFinite(value)) values.push(value);
    }
    return [...buckets].slice(-ROWS).map(([bucket, values]) => [bucket, ...FOLDS.map((fold) => foldOf(fold, values))]);
  }
}

function bucketOf(at: number): number {
  return Math.floor(at / TIER.resolutionMs) * TIER.resolutionMs;
}

function foldOf(fold: Fold, values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sum = values.reduce((a, b) => a + b, 0);
  if (fold === 'sum') return sum;
  if (fold === 'mean') return sum / values.length;
  if (fold === 'max') return Math.max(...values);
  return fold === 'min' ? Math.min(...values) : (values.at(-1) ?? Number.NaN);
}

function rowsOf(table: FoldingTable): [number, ...number[]][] {
  const rows: [number, ...number[]][] = [];
  table.each(Number.NEGATIVE_INFINITY, (time, valueAt) => rows.push([time, ...FOLDS.map((_, at) => valueAt(at))]));
  return rows;
}

/** Mostly small steps; now and then a gap, a jump far ahead or a clock set back. */
const step = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 25 }) },
  { weight: 2, arbitrary: fc.integer({ min: 100, max: 2_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -600, max: -1 }) },
);
const value = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -1_000, max: 1_000 }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY) },
);

describe('a table of the history', () => {
  it('holds what a list of all samples says, over gaps, jumps and clocks set back, in bounded memory', () => {
    verifies('DSH-05');
    fc.assert(
      fc.property(fc.array(fc.tuple(step, value), { maxLength: 300 }), (steps) => {
        const table = new FoldingTable(COLUMNS, TIER);
        const naive = new NaiveTable();
        let at = 5_000;
        for (const [by, sample] of steps) {
          at += by;
          table.add(
            at,
            FOLDS.map(() => sample),
          );
          naive.add({ at, value: sample });
        }
        const rows = rowsOf(table);
        const expected = naive.rows();
        const rounded = (all: readonly (readonly number[])[]) =>
          all.map((row) => row.map((figure) => figure.toFixed(6)));
        expect(rounded(rows)).toEqual(rounded(expected));
        expect(table.bytes).toBeLessThanOrEqual(ROWS * (COLUMNS.length + 1) * 8);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('ignores times that are no numbers', () => {
    const table = new FoldingTable(COLUMNS, TIER);
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY]) table.add(at, [1, 1, 1, 1, 1]);
    expect(rowsOf(table)).toEqual([]);
  });
});

describe('the history of a process', () => {
  /** A whole minute. */
  const START = 1_699_999_980_000;

  it('grows with use, keeps a day of minutes, an hour of tens and five minutes of seconds, and stays below 16 MiB', () => {
    verifies('DSH-05');
    const history = new History();
    expect(history.bytes).toBe(0);
    history.addProcess(START, { requests: 1, seconds: 1 });
    history.addProcess(START + 1_000, { requests: 1, seconds: 1 });
    const young = history.bytes;
    expect(young).toBeLessThan(64 * 1024);
    const seconds = 26 * 3_600;
    for (let second = 2; second < seconds; second += 1) {
      history.addProcess(START + second * 1_000, { requests: 2, seconds: 1, p99: second % 60 === 30 ? 9 : 1 });
      if (second % 10 > 0) continue;
      for (let name = 0; name < 80; name += 1) {
        history.addOperation(`tools/call t${name}`, START + second * 1_000, { requests: name, seconds: 10 });
      }
    }
    expect(history.bytes).toBeGreaterThan(10 * young);
    expect(history.bytes).toBeLessThan(16 * 1024 ** 2);
    const now = START + seconds * 1_000;
    for (const { resolutionMs, spanMs } of HISTORY_TIERS) {
      const slice = history.read(undefined, resolutionMs, now);
      expect(slice?.resolutionSeconds).toBe(resolutionMs / 1000);
      expect(slice?.timestamps.length).toBeGreaterThan(spanMs / resolutionMs - 3);
      expect(slice?.timestamps.length).toBeLessThanOrEqual(spanMs / resolutionMs);
      const rate = (at: number) => (slice?.columns['requests']?.[at] ?? 0) / (slice?.columns['seconds']?.[at] ?? 0);
      expect([rate(0), rate(50), rate(200)]).toEqual([2, 2, 2]);
    }
    // A peak of one second is seen in the rows of minutes.
    expect(new Set(history.read(undefined, 60_000, now)?.columns['p99'])).toEqual(new Set([9]));
    expect(history.read('tools/call t7', 1_000, now)?.resolutionSeconds).toBe(10);
    expect(history.read('tools/call t79', 1_000, now)).toBeUndefined();
    expect(history.read(undefined, 1_000, now, now - 10_000)?.timestamps).toHaveLength(9);
  });

  it('forgets what is older than its span although nothing came after it', () => {
    const history = new History();
    history.addProcess(START, { requests: 1 });
    expect(history.read(undefined, 1_000, START + 200_000)?.timestamps).toHaveLength(1);
    expect(history.read(undefined, 1_000, START + 301_000)?.timestamps).toEqual([]);
    expect(history.read(undefined, 60_000, START + 301_000)?.timestamps).toHaveLength(1);
  });
});
