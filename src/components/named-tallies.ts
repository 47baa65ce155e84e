import { OTHER } from '../semconv/attributes.ts';

/** A name longer than this is cut: it becomes a label value. */
const MAX_NAME_CHARS = 100;

/** Tallies by name, bounded: beyond the limit all share `_OTHER`. */
export class NamedTallies<T> {
  readonly #tallies = new Map<string, T>();
  readonly #limit: number;
  readonly #create: (name: string) => T;

  constructor(limit: number, create: (name: string) => T) {
    this.#limit = limit;
    this.#create = create;
  }

  /** The tally of that name, made when it is new. */
  named(name: string): T {
    const cut = name.slice(0, MAX_NAME_CHARS);
    const known = this.#tallies.get(cut);
    if (known !== undefined) return known;
    const admitted = this.#tallies.size < this.#limit ? cut : OTHER;
    let tally = this.#tallies.get(admitted);
    if (tally === undefined) {
      tally = this.#create(admitted);
      this.#tallies.set(admitted, tally);
    }
    return tally;
  }

  /** The first of `name`, `name 2`, `name 3` … that is free. */
  freeName(name: string): string {
    let free = name.slice(0, MAX_NAME_CHARS);
    for (let ordinal = 2; this.#tallies.has(free) && ordinal <= this.#limit + 1; ordinal++) free = `${name} ${ordinal}`;
    return free;
  }

  get size(): number {
    return this.#tallies.size;
  }

  all(): T[] {
    return [...this.#tallies.values()];
  }
}
