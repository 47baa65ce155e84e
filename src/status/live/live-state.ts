import type { Clock } from '../../core/clock.ts';
import type { LiveFigures, LiveLists, LiveRow, LiveSections } from '../../core/model/live.ts';
import { LiveList } from './live-list.ts';

/** Working out rows may cost this share of the time between two refreshes; those that find no room wait for the next. */
const MAX_SHARE = 0.0025;
const FEWEST_ROWS = 8;
/** Of a longer list a quarter is taken each time: nobody reads two hundred lines every second, and all readers get what is taken. */
const ROWS_AT_ONCE = 24;
const SHARE_AT_ONCE = 1 / 4;

/** What has changed: an `update`, or a `snapshot` where rows are gone or nothing was known before. */
export interface LiveChange {
  readonly name: 'snapshot' | 'update';
  readonly data: string;
}

/**
 * The figures as text, row by row, so that only what has changed is worked out and written anew.
 *
 * A snapshot and an update have the same shape: sections by name, lists of rows. In an update a section replaces the one of
 * its name, null says that it is gone, and a row replaces the one of its key.
 */
export class LiveState {
  readonly #figures: LiveFigures;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #sections = new Map<string, string>();
  readonly #changed = new Set<string>();
  readonly #lists: Readonly<Record<keyof LiveLists, LiveList>> = {
    operations: new LiveList(),
    objectives: new LiveList(),
    clientOperations: new LiveList(),
  };
  #refreshedAt = 0;
  #isWhole = false;

  constructor(figures: LiveFigures, clock: Pick<Clock, 'now'>) {
    this.#figures = figures;
    this.#clock = clock;
  }

  /**
   * Takes the figures in small steps: all sections, and of the rows that may have changed those that were read longest ago,
   * as many as the time allows.
   *
   * @param isAll all rows whatever it takes
   */
  *refresh(isAll: boolean): Generator<void> {
    const now = this.#clock.now();
    let leftMs = isAll ? Number.POSITIVE_INFINITY : (now - this.#refreshedAt) * MAX_SHARE;
    this.#refreshedAt = now;
    const gone = new Set(this.#sections.keys());
    for (const section of this.#figures.sections) {
      for (const [name, value] of Object.entries(section()) as [keyof LiveSections, unknown][]) {
        if (value === undefined) continue;
        gone.delete(name);
        this.#setSection(name, JSON.stringify(value));
        yield;
      }
      yield;
    }
    for (const name of gone) this.#setSection(name, undefined);
    for (const name of Object.keys(this.#lists) as (keyof LiveLists)[]) {
      const list = this.#lists[name];
      const due: readonly LiveRow[] = list.due(this.#figures.lists[name]());
      yield;
      let rows = 0;
      const most = isAll ? due.length : Math.max(ROWS_AT_ONCE, Math.ceil(list.size * SHARE_AT_ONCE));
      for (const row of due.slice(0, most)) {
        if (leftMs <= 0 && rows >= FEWEST_ROWS) break;
        const startedAt = this.#clock.now();
        list.set(row, JSON.stringify(row.read()));
        leftMs -= this.#clock.now() - startedAt;
        rows += 1;
        yield;
      }
    }
  }

  /** What has changed since the last time this was asked; `undefined` before the first refresh. */
  takeChange(): LiveChange | undefined {
    if (this.#sections.size === 0) return undefined;
    const lists = Object.values(this.#lists);
    const isUpdate = this.#isWhole && !lists.some(({ hasLost }) => hasLost);
    this.#isWhole = true;
    const change: LiveChange = isUpdate
      ? { name: 'update', data: this.#compose(this.#changed, (list) => list.changed()) }
      : { name: 'snapshot', data: this.snapshot() };
    this.#changed.clear();
    for (const list of lists) list.settle();
    return change;
  }

  /** All figures; empty before the first refresh. */
  snapshot(): string {
    if (this.#sections.size === 0) return '';
    return this.#compose(this.#sections.keys(), (list) => list.all(), true);
  }

  #setSection(name: string, text: string | undefined): void {
    if (this.#sections.get(name) === text) return;
    this.#changed.add(name);
    if (text === undefined) this.#sections.delete(name);
    else this.#sections.set(name, text);
  }

  #compose(names: Iterable<string>, rowsOf: (list: LiveList) => readonly string[], isWhole = false): string {
    const { operations, objectives, clientOperations } = this.#lists;
    const members = ['"schemaVersion":1'];
    let isClientIn = false;
    for (const name of names) {
      if (name === 'schemaVersion') continue;
      if (name === 'client') isClientIn = true;
      else members.push(`${JSON.stringify(name)}:${this.#sections.get(name) ?? 'null'}`);
    }
    const add = (name: string, rows: readonly string[]): void => {
      if (isWhole || rows.length > 0) members.push(`"${name}":[${rows.join(',')}]`);
    };
    add('operations', rowsOf(operations));
    add('objectives', rowsOf(objectives));
    const client = this.#sections.get('client');
    const asked = rowsOf(clientOperations);
    if (client !== undefined && (isClientIn || asked.length > 0)) {
      members.push(`"client":{"operations":[${asked.join(',')}],${client.slice(1)}`);
    }
    return `{${members.join(',')}}`;
  }
}
