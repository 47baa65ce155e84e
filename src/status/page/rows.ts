import type { HistorySlice } from '../history/history.ts';

/** A step wider than this many rows is a gap: nothing was measured there, so no line is drawn over it. */
const GAP_ROWS = 2.6;

/** Rows of the history as the charts hold them: growing at the end, losing what has left the range. */
export class Rows {
  #resolutionMs = 1_000;
  #times: number[] = [];
  #columns = new Map<string, (number | null)[]>();

  /** Unix milliseconds of the first row; `undefined` without one. */
  get first(): number | undefined {
    return this.#times[0];
  }

  /** Unix milliseconds of the last row; `undefined` without one. */
  get last(): number | undefined {
    return this.#times.at(-1);
  }

  /** Whether at that time (Unix milliseconds) there is a row that is not here yet. */
  isBehind(now: number | undefined): boolean {
    return now !== undefined && now - (this.last ?? 0) >= this.#resolutionMs * 1.2;
  }

  /** Replaces everything. */
  load(slice: HistorySlice | undefined): void {
    this.#times = [...(slice?.timestamps ?? [])];
    this.#resolutionMs = (slice?.resolutionSeconds ?? 1) * 1_000;
    this.#columns = new Map(Object.entries(slice?.columns ?? {}).map(([name, values]) => [name, [...values]]));
  }

  /** Adds rows of the same resolution; those that are there already are replaced: they were under way. */
  append(slice: HistorySlice, spanMs: number): void {
    if (slice.resolutionSeconds * 1_000 !== this.#resolutionMs && this.#times.length > 0) return;
    this.#resolutionMs = slice.resolutionSeconds * 1_000;
    const first = slice.timestamps[0];
    if (first === undefined) return;
    let keep = this.#times.length;
    while (keep > 0 && (this.#times[keep - 1] ?? 0) >= first) keep -= 1;
    const horizon = (slice.timestamps.at(-1) ?? first) - spanMs;
    const drop = this.#times.findIndex((time) => time > horizon);
    const from = Math.max(0, drop);
    this.#times = [...this.#times.slice(from, keep), ...slice.timestamps];
    for (const [name, values] of Object.entries(slice.columns)) {
      this.#columns.set(name, [...(this.#columns.get(name) ?? []).slice(from, keep), ...values]);
    }
  }

  /** Values of one column. */
  column(name: string): readonly (number | null)[] {
    return this.#columns.get(name) ?? this.#times.map(() => null);
  }

  /** Whether a column has any value at all. */
  has(name: string): boolean {
    return this.#columns.get(name)?.some((value) => value !== null) ?? false;
  }

  /** Times in Unix seconds and one list of values per series, gaps as rows of nothing: what a chart draws. */
  series(of: readonly ((at: number) => number | null)[]): [number[], ...(number | null)[][]] {
    const times: number[] = [];
    const values = of.map((): (number | null)[] => []);
    this.#times.forEach((time, at) => {
      const before = this.#times[at - 1];
      if (before !== undefined && time - before > this.#resolutionMs * GAP_ROWS) {
        times.push((before + this.#resolutionMs) / 1_000);
        for (const list of values) list.push(null);
      }
      times.push(time / 1_000);
      of.forEach((valueAt, series) => void values[series]?.push(valueAt(at)));
    });
    return [times, ...values];
  }

  /** A column divided by another, such as requests by seconds. */
  ratio(over: string, under: string): (at: number) => number | null {
    const a = this.column(over);
    const b = this.column(under);
    return (at) => {
      const divisor = b[at] ?? 0;
      return divisor > 0 ? (a[at] ?? 0) / divisor : null;
    };
  }

  /** A column as it is. */
  plain(name: string): (at: number) => number | null {
    const values = this.column(name);
    return (at) => values[at] ?? null;
  }
}
