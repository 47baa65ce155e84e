/**
 * First-in first-out queue that never holds more than `capacity` items. All single-item operations are O(1), and a slot
 * that was taken keeps no reference to its item. Overflow is returned to the caller, who counts it.
 */
export interface BoundedQueue<T> {
  readonly capacity: number;
  readonly size: number;
  /** Appends; `false` when full, in which case the item is not kept. */
  push(item: T): boolean;
  /** Takes the oldest item; `undefined` when empty. */
  shift(): T | undefined;
  /** Takes up to `max` items, oldest first. */
  drain(max: number): T[];
  /**
   * Puts items back in front of the queue in their order, for a retry. They are older than what is queued, so what does
   * not fit is lost from their beginning, oldest first; nothing already queued is displaced.
   *
   * @returns how many did not fit
   */
  unshiftAll(items: readonly T[]): number;
}

class RingQueue<T> implements BoundedQueue<T> {
  readonly capacity: number;
  readonly #slots: (T | undefined)[];
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#slots = new Array<T | undefined>(capacity).fill(undefined);
  }

  get size(): number {
    return this.#size;
  }

  push(item: T): boolean {
    if (this.#size === this.capacity) return false;
    this.#slots[(this.#head + this.#size) % this.capacity] = item;
    this.#size += 1;
    return true;
  }

  shift(): T | undefined {
    return this.#size === 0 ? undefined : this.#take();
  }

  drain(max: number): T[] {
    const taken: T[] = [];
    while (taken.length < max && this.#size > 0) taken.push(this.#take());
    return taken;
  }

  unshiftAll(items: readonly T[]): number {
    const lost = Math.max(0, items.length - (this.capacity - this.#size));
    for (let index = items.length - 1; index >= lost; index--) {
      this.#head = (this.#head + this.capacity - 1) % this.capacity;
      this.#slots[this.#head] = items[index];
      this.#size += 1;
    }
    return lost;
  }

  /** The caller has checked that there is an item. */
  #take(): T {
    const item = this.#slots[this.#head] as T;
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.capacity;
    this.#size -= 1;
    return item;
  }
}

/** Largest capacity: the slots are allocated at once. */
const MAX_CAPACITY = 1_000_000;

/**
 * Creates an empty queue; its slots are allocated at once, 8 bytes each.
 *
 * @param capacity 1 to 1,000,000
 * @throws {RangeError} when `capacity` is out of range
 */
export function createBoundedQueue<T>(capacity: number): BoundedQueue<T> {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_CAPACITY) {
    throw new RangeError(`capacity must be an integer of 1 to ${MAX_CAPACITY}, got ${capacity}`);
  }
  return new RingQueue<T>(capacity);
}
