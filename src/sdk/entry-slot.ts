import type { OperationEntry } from '../mcp/operation-entry.ts';

let made = 0;

/**
 * A place in every operation's entry for what one part keeps about it. On the request path it spares the part a look-up by name:
 * what belongs to an operation is found where the operation is.
 */
export class EntrySlot<Kept> {
  readonly #place: number;
  readonly #create: (entry: OperationEntry) => Kept;

  /** @param create what is kept of an operation that has finished for the first time */
  constructor(create: (entry: OperationEntry) => Kept) {
    this.#place = made;
    made += 1;
    this.#create = create;
  }

  of(entry: OperationEntry): Kept {
    return (entry.slots[this.#place] ?? this.#fill(entry)) as Kept;
  }

  #fill(entry: OperationEntry): Kept {
    const kept = this.#create(entry);
    // Without gaps, which would make a dictionary of the array.
    while (entry.slots.length <= this.#place) entry.slots.push(undefined);
    entry.slots[this.#place] = kept;
    return kept;
  }
}
