/** Values a movable histogram keeps: more than a server answers before its configuration is read. */
const MAX_KEPT_VALUES = 1000;

/** A recorded value that can be followed to its trace. */
export interface Exemplar {
  readonly value: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Unix milliseconds. */
  readonly timeMs: number;
}

export interface HistogramOptions {
  /** Whether the boundaries may still change, default false. */
  readonly movable?: boolean;
  /** Where the buckets are to lie, for several histograms in one array: of its own each takes several times the memory. */
  readonly cells?: Float64Array;
  readonly firstCell?: number;
}

/**
 * Explicit-bucket histogram accumulator: one series of an instrument, resolved once so that recording is an index and an add.
 *
 * Buckets follow OpenTelemetry: bucket `i` holds values in `(boundaries[i-1], boundaries[i]]`, the last one the rest.
 * A value that is not finite or is negative is not recorded and `record` answers `false`: the caller counts it.
 */
export class ExplicitHistogram {
  boundaries: readonly number[];
  count = 0;
  sum = 0;
  min: number = Number.POSITIVE_INFINITY;
  max: number = Number.NEGATIVE_INFINITY;
  /** The latest exemplar of each bucket; made by the first one. */
  exemplars: (Exemplar | undefined)[] | undefined = undefined;

  /** The buckets: some of these cells, from `#first` on. */
  #cells: Float64Array;
  #first: number;
  /** The values themselves, while the boundaries may still change. */
  #values: number[] | undefined;

  /** @param options.movable keeps the first 1,000 values until `moveTo` has said which boundaries it is to be */
  constructor(boundaries: readonly number[], options: HistogramOptions = {}) {
    this.boundaries = boundaries;
    this.#cells = options.cells ?? new Float64Array(boundaries.length + 1);
    this.#first = options.firstCell ?? 0;
    this.#values = options.movable === true ? [] : undefined;
  }

  /** Values per bucket. */
  get counts(): Float64Array {
    return this.#cells.subarray(this.#first, this.#first + this.boundaries.length + 1);
  }

  record(value: number): boolean {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return false;
    const cell = this.#first + this.#bucketOf(value);
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
    if (this.#values !== undefined && this.#values.length < MAX_KEPT_VALUES) this.#values.push(value);
    this.count += 1;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    return true;
  }

  /** Keeps a recorded value as the exemplar of its bucket. */
  exemplify(exemplar: Exemplar): void {
    this.exemplars ??= new Array<Exemplar | undefined>(this.boundaries.length + 1).fill(undefined);
    this.exemplars[this.#bucketOf(exemplar.value)] = exemplar;
  }

  /**
   * Settles the boundaries of a movable histogram: what was recorded is filed anew, exactly where the values are kept. Values
   * beyond those go by the upper edge of their old bucket, so that what may be over a threshold counts as over it.
   *
   * @returns how many values went by their bucket and not by themselves
   */
  moveTo(boundaries: readonly number[]): number {
    const values = this.#values;
    this.#values = undefined;
    if (values === undefined || sameNumbers(boundaries, this.boundaries)) return 0;
    this.exemplars = undefined;
    const { counts: rest, boundaries: edges } = this;
    for (const value of values) {
      const index = this.#bucketOf(value);
      rest[index] = (rest[index] as number) - 1;
    }
    this.boundaries = boundaries;
    const counts = new Float64Array(boundaries.length + 1);
    this.#cells = counts;
    this.#first = 0;
    for (const value of values) {
      const index = this.#bucketOf(value);
      counts[index] = (counts[index] as number) + 1;
    }
    for (const [old, count] of rest.entries()) {
      const index = this.#bucketOf(edges[old] ?? Number.POSITIVE_INFINITY);
      counts[index] = (counts[index] as number) + count;
    }
    return this.count - values.length;
  }

  #bucketOf(value: number): number {
    const boundaries = this.boundaries;
    // Of the stages of a call most take next to no time.
    if (!(value > (boundaries[0] as number))) return 0;
    let low = 1;
    let high = boundaries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (boundaries[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
