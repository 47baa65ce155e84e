/**
 * The last `capacity` numbers, kept in order of arrival and in order of size, so that any quantile is one look-up.
 *
 * Adding moves at most `capacity` numbers within one typed array, about a microsecond for 2,000.
 */
export class SortedWindow {
  readonly #arrivals: Float64Array;
  readonly #sorted: Float64Array;
  #next = 0;
  #count = 0;

  /** @throws {RangeError} when `capacity` is not a whole number of at least 1 */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`capacity must be a whole number of at least 1, got ${capacity}`);
    }
    this.#arrivals = new Float64Array(capacity);
    this.#sorted = new Float64Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  /** Adds a finite number; the oldest leaves once the window is full. */
  add(value: number): void {
    const { length } = this.#arrivals;
    if (this.#count === length) this.#remove(this.#arrivals[this.#next] as number);
    this.#arrivals[this.#next] = value;
    this.#next = (this.#next + 1) % length;
    const at = this.#rankOf(value);
    this.#sorted.copyWithin(at + 1, at, this.#count);
    this.#sorted[at] = value;
    this.#count += 1;
  }

  /** Value at a quantile of 0 to 1 by linear interpolation between the two nearest ranks; NaN when empty. */
  quantile(q: number): number {
    if (this.#count === 0) return Number.NaN;
    const position = q * (this.#count - 1);
    const below = Math.floor(position);
    const low = this.#sorted[below] as number;
    const high = this.#sorted[Math.min(below + 1, this.#count - 1)] as number;
    return low + (high - low) * (position - below);
  }

  #remove(value: number): void {
    const at = this.#rankOf(value);
    this.#sorted.copyWithin(at, at + 1, this.#count);
    this.#count -= 1;
  }

  /** Index of the first sorted number that is not below `value`. */
  #rankOf(value: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
