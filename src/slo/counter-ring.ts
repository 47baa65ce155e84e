/** Good and bad events of a stretch of time. */
export interface EventCounts {
  readonly total: number;
  readonly bad: number;
}

/**
 * Events and bad events per time slot, in a ring of fixed size: what error budgets are added up from. A slot is a stretch of
 * `slotMs` of a monotonic clock; time that goes backwards stays in the newest slot.
 */
export class CounterRing {
  readonly slotMs: number;
  readonly #totals: Uint32Array;
  readonly #bads: Uint32Array;
  /** Number of the newest slot since the origin of the clock. */
  #newest = Number.NEGATIVE_INFINITY;

  constructor(slotMs: number, slots: number) {
    this.slotMs = slotMs;
    this.#totals = new Uint32Array(slots);
    this.#bads = new Uint32Array(slots);
  }

  /** Adds events at a time. */
  add(nowMs: number, total: number, bad: number): void {
    const slot = Math.floor(nowMs / this.slotMs);
    if (slot > this.#newest) this.#advance(slot);
    const index = this.#indexOf(this.#newest);
    this.#totals[index] = (this.#totals[index] ?? 0) + total;
    this.#bads[index] = (this.#bads[index] ?? 0) + bad;
  }

  /** Events of the last `slots` slots, the one of `nowMs` included. Reading changes nothing. */
  sum(nowMs: number, slots: number): EventCounts {
    const last = Math.floor(nowMs / this.slotMs);
    const oldest = Math.max(last - slots + 1, this.#newest - this.#totals.length + 1);
    let total = 0;
    let bad = 0;
    for (let slot = this.#newest; slot >= oldest; slot -= 1) {
      const index = this.#indexOf(slot);
      total += this.#totals[index] ?? 0;
      bad += this.#bads[index] ?? 0;
    }
    return { total, bad };
  }

  #advance(slot: number): void {
    const { length } = this.#totals;
    const from = Math.max(this.#newest + 1, slot - length + 1);
    for (let cleared = from; cleared <= slot; cleared += 1) {
      const index = this.#indexOf(cleared);
      this.#totals[index] = 0;
      this.#bads[index] = 0;
    }
    this.#newest = slot;
  }

  #indexOf(slot: number): number {
    const { length } = this.#totals;
    return ((slot % length) + length) % length;
  }
}
