/** How several samples become one row: `last` where neither a sum nor a mean says anything. */
export type Fold = 'sum' | 'mean' | 'max' | 'min' | 'last';

/** One column of a table: its name and how it is folded. */
export interface Column {
  readonly name: string;
  readonly fold: Fold;
}

/** Rows of `resolutionMs` each, kept for `spanMs`. */
export interface Tier {
  readonly resolutionMs: number;
  readonly spanMs: number;
}

/** Rows are allocated by this many at a time, so that memory grows with use. */
const ROWS_PER_CHUNK = 60;

/**
 * A ring of rows of equal length in time, each folded from the samples that fell into it.
 *
 * A row exists only where there was a sample, so a gap costs nothing and stays a gap. Samples come in the order of their
 * time; one that lies before the row under way means that the clock was set back, and discards the rows from there on:
 * times stay ascending whatever the clock does. Missing values are NaN and do not count.
 */
export class FoldingTable {
  readonly tier: Tier;
  readonly #folds: readonly Fold[];
  readonly #capacity: number;
  readonly #width: number;
  readonly #chunks: (Float64Array | undefined)[];
  /** Index of the oldest row in the ring, and how many there are. */
  #oldest = 0;
  #rows = 0;
  /** The row under way: start of its bucket, its values and how many samples each has. */
  #openAt = Number.NaN;
  readonly #open: Float64Array;
  readonly #samples: Uint32Array;

  constructor(columns: readonly Column[], tier: Tier) {
    this.tier = tier;
    this.#folds = columns.map(({ fold }) => fold);
    this.#capacity = Math.max(1, Math.ceil(tier.spanMs / tier.resolutionMs));
    this.#width = columns.length + 1;
    this.#chunks = new Array(Math.ceil(this.#capacity / ROWS_PER_CHUNK)).fill(undefined);
    this.#open = new Float64Array(columns.length).fill(Number.NaN);
    this.#samples = new Uint32Array(columns.length);
  }

  /** Memory of the rows. */
  get bytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + (chunk?.byteLength ?? 0), 0);
  }

  /** Adds a sample, one value per column; times that are no numbers are ignored. */
  add(timeMs: number, values: ArrayLike<number>): void {
    const bucket = Math.floor(timeMs / this.tier.resolutionMs) * this.tier.resolutionMs;
    if (!Number.isFinite(bucket)) return;
    if (bucket < this.#openAt) this.#discardFrom(bucket);
    else if (bucket > this.#openAt) this.#close();
    this.#openAt = bucket;
    for (let column = 0; column < this.#folds.length; column += 1) this.#fold(column, values[column] ?? Number.NaN);
  }

  /** Calls `visit` with each row later than `fromMs`, oldest first, the one under way included. */
  each(fromMs: number, visit: (timeMs: number, valueAt: (column: number) => number) => void): void {
    for (let index = 0; index < this.#rows; index += 1) {
      const chunk = this.#chunkAt(index);
      const at = this.#offsetOf(index);
      const time = chunk[at] ?? Number.NaN;
      if (time > fromMs) visit(time, (column) => chunk[at + 1 + column] ?? Number.NaN);
    }
    if (this.#openAt > fromMs) visit(this.#openAt, (column) => this.#open[column] ?? Number.NaN);
  }

  #fold(column: number, value: number): void {
    if (!Number.isFinite(value)) return;
    const samples = (this.#samples[column] ?? 0) + 1;
    this.#samples[column] = samples;
    const before = this.#open[column] ?? Number.NaN;
    this.#open[column] = samples === 1 ? value : folded(this.#folds[column] ?? 'last', before, value, samples);
  }

  #close(): void {
    if (Number.isNaN(this.#openAt)) return;
    // One row is the one under way, which has its own place.
    if (this.#rows >= this.#capacity - 1 && this.#rows > 0) {
      this.#oldest = (this.#oldest + 1) % this.#capacity;
      this.#rows -= 1;
    }
    if (this.#capacity > 1) {
      const index = this.#rows;
      this.#rows += 1;
      const chunk = this.#chunkAt(index);
      const at = this.#offsetOf(index);
      chunk[at] = this.#openAt;
      chunk.set(this.#open, at + 1);
    }
    this.#empty();
  }

  #discardFrom(timeMs: number): void {
    this.#empty();
    while (this.#rows > 0) {
      const last = this.#rows - 1;
      if ((this.#chunkAt(last)[this.#offsetOf(last)] ?? 0) < timeMs) break;
      this.#rows = last;
    }
  }

  #empty(): void {
    this.#openAt = Number.NaN;
    this.#open.fill(Number.NaN);
    this.#samples.fill(0);
  }

  #slot(index: number): number {
    return (this.#oldest + index) % this.#capacity;
  }

  #offsetOf(index: number): number {
    return (this.#slot(index) % ROWS_PER_CHUNK) * this.#width;
  }

  #chunkAt(index: number): Float64Array {
    const at = Math.floor(this.#slot(index) / ROWS_PER_CHUNK);
    let chunk = this.#chunks[at];
    if (chunk === undefined) {
      const rows = Math.min(ROWS_PER_CHUNK, this.#capacity - at * ROWS_PER_CHUNK);
      chunk = new Float64Array(rows * this.#width);
      this.#chunks[at] = chunk;
    }
    return chunk;
  }
}

function folded(fold: Fold, before: number, value: number, samples: number): number {
  switch (fold) {
    case 'sum':
      return before + value;
    case 'mean':
      return before + (value - before) / samples;
    case 'max':
      return Math.max(before, value);
    case 'min':
      return Math.min(before, value);
    default:
      return value;
  }
}
