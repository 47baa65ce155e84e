import type { LiveRow } from '../../core/model/live.ts';

interface Kept {
  version: string;
  text: string;
  /** Number of the look at the list at which it was read. */
  readAt: number;
}

/** The rows of one list as text, and which of them have changed. */
export class LiveList {
  readonly #rows = new Map<string, Kept>();
  readonly #changed = new Set<string>();
  #looks = 0;
  #hasLost = false;

  /** Whether rows have gone since the last `settle`. */
  get hasLost(): boolean {
    return this.#hasLost;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Compares with the rows there are now; answers those to read anew, the longest unread first. */
  due(rows: readonly LiveRow[]): LiveRow[] {
    this.#looks += 1;
    const due: { readonly row: LiveRow; readonly readAt: number }[] = [];
    let known = 0;
    for (const row of rows) {
      const kept = this.#rows.get(row.key);
      if (kept !== undefined) known += 1;
      if (kept?.version !== row.version) due.push({ row, readAt: kept?.readAt ?? 0 });
    }
    if (known < this.#rows.size) this.#forget(new Set(rows.map(({ key }) => key)));
    return due.sort((a, b) => a.readAt - b.readAt).map(({ row }) => row);
  }

  set({ key, version }: LiveRow, text: string): void {
    const kept = this.#rows.get(key);
    if (kept?.text !== text) this.#changed.add(key);
    if (kept === undefined) this.#rows.set(key, { version, text, readAt: this.#looks });
    else Object.assign(kept, { version, text, readAt: this.#looks });
  }

  all(): string[] {
    return Array.from(this.#rows.values(), ({ text }) => text);
  }

  /** Those that differ from the last `settle`. */
  changed(): string[] {
    return Array.from(this.#changed, (key) => this.#rows.get(key)?.text ?? '').filter((text) => text !== '');
  }

  settle(): void {
    this.#changed.clear();
    this.#hasLost = false;
  }

  #forget(present: ReadonlySet<string>): void {
    for (const key of this.#rows.keys()) {
      if (present.has(key)) continue;
      this.#rows.delete(key);
      this.#hasLost = true;
    }
  }
}
