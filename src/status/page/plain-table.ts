import { el } from './dom.ts';

/** What a cell shows: a text, or a node made for it. */
export type Cell = string | Node;

/** A table of few rows, made anew with each update and only when something in it has changed. */
export class PlainTable {
  readonly root: HTMLElement;
  readonly #body = el('tbody');
  readonly #empty: HTMLElement;
  readonly #table: HTMLTableElement;
  readonly #figures: readonly boolean[];
  #shown = '';

  /** @param columns titles; those that start with `#` hold figures, aligned to the right */
  constructor(title: string, columns: readonly string[], empty: string) {
    this.#figures = columns.map((column) => column.startsWith('#'));
    this.#empty = el('p', { class: 'empty', text: empty });
    const heads = columns.map((column, at) =>
      el('th', {
        text: column.replace('#', ''),
        attributes: { scope: 'col' },
        ...(this.#figures[at] === true ? { class: 'figure' } : {}),
      }),
    );
    this.#table = el(
      'table',
      { class: 'plain' },
      el('caption', { class: 'spoken', text: title }),
      el('thead', {}, el('tr', {}, ...heads)),
      this.#body,
    );
    this.root = el(
      'section',
      { class: 'card' },
      el('div', { class: 'card-head' }, el('h2', { text: title })),
      el('div', { class: 'scroll', attributes: { tabindex: '0', role: 'region', 'aria-label': title } }, this.#table),
      this.#empty,
    );
  }

  show<T>(items: readonly T[], cellsOf: (item: T) => readonly Cell[]): void {
    const rows = items.map(cellsOf);
    const shown = JSON.stringify(
      rows.map((cells) => cells.map((cell) => (typeof cell === 'string' ? cell : (cell.textContent ?? '')))),
    );
    this.#table.hidden = rows.length === 0;
    this.#empty.hidden = rows.length > 0;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#body.replaceChildren(
      ...rows.map((cells) =>
        el('tr', {}, ...cells.map((cell, at) => el(at === 0 ? 'th' : 'td', this.#attributes(at), cell))),
      ),
    );
  }

  #attributes(at: number): { class?: string; attributes?: Record<string, string> } {
    if (at === 0) return { attributes: { scope: 'row' } };
    return this.#figures[at] === true ? { class: 'figure' } : {};
  }
}
