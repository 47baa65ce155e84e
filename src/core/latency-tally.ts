/** Slots allocated on either side of a new value, so that a row does not grow with each new value. */
const HEADROOM_SLOTS = 16;

const SUM = 0;
const MIN = 1;
const MAX = 2;
const EMPTY_SECONDS = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const;

/** Row of every unused tally; of length 0, so there is nothing in it to share. */
const NO_ROW = new Uint32Array(0);

/**
 * Counts per bucket slot plus count, sum, minimum and maximum: what a window keeps per time slice, and the accumulator
 * in which slices and windows are merged. Merging is exact: adding tallies equals tallying all their values.
 *
 * The row covers only the slots in use plus some headroom; the first and last used slot make clearing and merging
 * O(used). `add` allocates nothing unless the row has to grow.
 */
export class LatencyTally {
  readonly #slotCount: number;
  #row = NO_ROW;
  /** Slot of `row[0]`. */
  #first = 0;
  #usedFirst = Number.POSITIVE_INFINITY;
  #usedLast = -1;
  #count = 0;
  /** Sum, minimum, maximum. In an array because a changing fraction in a field is a new heap object each time. */
  readonly #seconds = Float64Array.of(...EMPTY_SECONDS);

  /** @param slotCount number of slots of the layout; no row grows beyond it */
  constructor(slotCount: number) {
    this.#slotCount = slotCount;
  }

  get count(): number {
    return this.#count;
  }

  /** Seconds in all. */
  get sum(): number {
    return this.#seconds[SUM] ?? Number.NaN;
  }

  /** Smallest value in seconds, `Infinity` when empty. */
  get min(): number {
    return this.#seconds[MIN] ?? Number.NaN;
  }

  /** Largest value in seconds, `-Infinity` when empty. */
  get max(): number {
    return this.#seconds[MAX] ?? Number.NaN;
  }

  /** Smallest and largest slot in use; `firstSlot` is above `lastSlot` when empty. */
  get firstSlot(): number {
    return this.#usedFirst;
  }

  get lastSlot(): number {
    return this.#usedLast;
  }

  /** Values in a slot that lies between `firstSlot` and `lastSlot`. */
  countAt(slot: number): number {
    return this.#row[slot - this.#first] ?? 0;
  }

  /** Bytes of the counting row. */
  get rowBytes(): number {
    return this.#row.byteLength;
  }

  /** Adds one value, whose slot the caller looked up. */
  add(slot: number, seconds: number): void {
    if (slot < this.#usedFirst || slot > this.#usedLast) this.#use(slot, slot);
    const row = this.#row;
    const index = slot - this.#first;
    row[index] = (row[index] ?? 0) + 1;
    this.#count += 1;
    this.#include(seconds, seconds, seconds);
  }

  /**
   * Adds all values of another tally of the same layout. Only its public side is used: a process whose loader compiles what is
   * required and what is imported apart holds this class twice, and one copy may not look into the other.
   */
  addAll(other: LatencyTally): void {
    if (other.count === 0) return;
    const { firstSlot, lastSlot } = other;
    this.#use(firstSlot, lastSlot);
    const row = this.#row;
    for (let slot = firstSlot; slot <= lastSlot; slot++) {
      const index = slot - this.#first;
      row[index] = (row[index] ?? 0) + other.countAt(slot);
    }
    this.#count += other.count;
    this.#include(other.sum, other.min, other.max);
  }

  /** Empties the tally; the row keeps its size. */
  clear(): void {
    if (this.#count === 0) return;
    this.#row.fill(0, this.#usedFirst - this.#first, this.#usedLast - this.#first + 1);
    this.#usedFirst = Number.POSITIVE_INFINITY;
    this.#usedLast = -1;
    this.#count = 0;
    this.#seconds.set(EMPTY_SECONDS);
  }

  /** Calls `visit` with every slot that holds something, in ascending order. */
  eachSlot(visit: (slot: number, count: number) => void): void {
    for (let slot = this.#usedFirst; slot <= this.#usedLast; slot++) {
      const count = this.#row[slot - this.#first] ?? 0;
      if (count > 0) visit(slot, count);
    }
  }

  /** Slot holding the value of the given rank, 1 being the smallest; `count` must not be 0. Scans from the nearer end. */
  slotAtRank(rank: number): number {
    const row = this.#row;
    const isLow = rank * 2 <= this.#count;
    const wanted = isLow ? rank : this.#count + 1 - rank;
    const step = isLow ? 1 : -1;
    const end = (isLow ? this.#usedLast : this.#usedFirst) - this.#first;
    let index = (isLow ? this.#usedFirst : this.#usedLast) - this.#first;
    for (let seen = row[index] ?? 0; seen < wanted && index !== end; seen += row[index] ?? 0) index += step;
    return index + this.#first;
  }

  /** Calls `visit` with every slot in use and how many values it holds, from the smallest. */
  forEach(visit: (slot: number, count: number) => void): void {
    for (let slot = this.#usedFirst; slot <= this.#usedLast; slot += 1) {
      const count = this.#row[slot - this.#first] as number;
      if (count > 0) visit(slot, count);
    }
  }

  #include(sum: number, min: number, max: number): void {
    const seconds = this.#seconds;
    seconds[SUM] = (seconds[SUM] ?? 0) + sum;
    if (min < (seconds[MIN] ?? 0)) seconds[MIN] = min;
    if (max > (seconds[MAX] ?? 0)) seconds[MAX] = max;
  }

  #use(from: number, to: number): void {
    if (from < this.#usedFirst) this.#usedFirst = from;
    if (to > this.#usedLast) this.#usedLast = to;
    if (from < this.#first || to >= this.#first + this.#row.length) this.#grow(from, to);
  }

  #grow(from: number, to: number): void {
    const oldEnd = this.#first + this.#row.length;
    const isEmpty = this.#row.length === 0;
    const first = !isEmpty && from >= this.#first ? this.#first : Math.max(0, from - HEADROOM_SLOTS);
    const end = !isEmpty && to < oldEnd ? oldEnd : Math.min(this.#slotCount, to + 1 + HEADROOM_SLOTS);
    const grown = new Uint32Array(end - first);
    grown.set(this.#row, isEmpty ? 0 : this.#first - first);
    this.#row = grown;
    this.#first = first;
  }
}
