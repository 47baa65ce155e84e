import type { ObjectiveSnapshot } from '../../core/model/objective.ts';
import type { OperationSnapshot, Snapshot } from '../../core/model/snapshot.ts';
import { el, KeyedList, setAttribute, setText } from './dom.ts';
import { count, NONE, percent, quantile, rate, seconds } from './figures.ts';
import { StageBar, stageLegend } from './stage-bar.ts';
import { type Sort, type ViewState, writeState } from './view-state.ts';

interface Column {
  readonly title: string;
  readonly sort: Sort | undefined;
  /** Left out where there is little room. */
  readonly spare?: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: 'Operation', sort: 'name' },
  { title: 'Calls', sort: 'calls', spare: true },
  { title: 'Per s', sort: 'rate', spare: true },
  { title: 'Errors', sort: 'errors' },
  { title: 'P50', sort: 'p50', spare: true },
  { title: 'P95', sort: 'p95' },
  { title: 'P99', sort: 'p99', spare: true },
  { title: 'Where the time goes', sort: 'time' },
];

interface RowView {
  readonly root: HTMLTableRowElement;
  readonly link: HTMLAnchorElement;
  readonly cells: readonly HTMLTableCellElement[];
  readonly bar: StageBar;
}

interface Item {
  readonly operation: OperationSnapshot;
  readonly objectives: readonly ObjectiveSnapshot[];
  readonly href: string;
}

export interface OperationsTableOptions {
  readonly onState: (change: Partial<ViewState>) => void;
}

/** All operations, one line each: sortable, filterable, each a link to its detail. */
export class OperationsTable {
  readonly root: HTMLElement;
  readonly #headers: { readonly cell: HTMLElement; readonly sort: Sort }[] = [];
  readonly #filter: HTMLInputElement;
  readonly #shown = el('span', { class: 'muted', attributes: { role: 'status' } });
  readonly #empty = el('p', { class: 'empty' });
  readonly #table: HTMLTableElement;
  readonly #list: KeyedList<Item, RowView>;

  constructor({ onState }: OperationsTableOptions) {
    this.#filter = el('input', {
      attributes: { type: 'search', placeholder: 'Filter operations', 'aria-label': 'Filter operations', id: 'filter' },
    });
    this.#filter.addEventListener('input', () => onState({ filter: this.#filter.value }));
    const body = el('tbody');
    this.#list = new KeyedList<Item, RowView>(body, createRow, updateRow);
    this.#table = el(
      'table',
      {},
      el('caption', { class: 'spoken', text: 'Operations with their figures over the sliding window' }),
      el('thead', {}, el('tr', {}, ...COLUMNS.map((column) => this.#header(column, onState)))),
      body,
    );
    this.root = el(
      'section',
      { class: 'card operations', attributes: { 'aria-labelledby': 'operations-title' } },
      el(
        'div',
        { class: 'card-head' },
        el('h2', { text: 'Operations', attributes: { id: 'operations-title' } }),
        this.#shown,
        this.#filter,
      ),
      stageLegend(),
      el(
        'div',
        { class: 'scroll', attributes: { tabindex: '0', role: 'region', 'aria-labelledby': 'operations-title' } },
        this.#table,
      ),
      this.#empty,
    );
  }

  show(snapshot: Snapshot, state: ViewState): void {
    if (document.activeElement !== this.#filter) this.#filter.value = state.filter;
    for (const { cell, sort } of this.#headers) {
      const order = state.descending ? 'descending' : 'ascending';
      setAttribute(cell, 'aria-sort', sort === state.sort ? order : undefined);
    }
    const wanted = state.filter.trim().toLowerCase();
    const all = snapshot.operations;
    const operations = all
      .filter(({ name }) => wanted === '' || name.toLowerCase().includes(wanted))
      .sort(order(state));
    const items = operations.map((operation) => ({
      operation,
      objectives: (snapshot.objectives ?? []).filter((objective) => objective.operation === operation.name),
      href: writeState({ ...state, operation: operation.name }),
    }));
    this.#list.show(items, ({ operation }) => operation.name);
    setText(
      this.#shown,
      operations.length === all.length ? String(all.length) : `${operations.length} of ${all.length}`,
    );
    this.#table.hidden = operations.length === 0;
    this.#empty.hidden = operations.length > 0;
    setText(
      this.#empty,
      all.length === 0 ? 'No request yet. Call a tool, and it appears here within a second.' : 'No operation matches.',
    );
  }

  #header({ title, sort, spare }: Column, onState: OperationsTableOptions['onState']): HTMLElement {
    const cell = el('th', { attributes: { scope: 'col' }, ...(spare === true ? { class: 'spare' } : {}) });
    if (sort === undefined) {
      cell.textContent = title;
      return cell;
    }
    const button = el('button', { class: 'sort', text: title, attributes: { type: 'button' } });
    button.addEventListener('click', () => {
      const current = cell.getAttribute('aria-sort');
      // Names read from the top; figures matter from the largest.
      onState({ sort, descending: current === null ? sort !== 'name' : current === 'ascending' });
    });
    cell.append(button);
    this.#headers.push({ cell, sort });
    return cell;
  }
}

function createRow({ operation }: Item): RowView {
  const link = el('a', { text: operation.name });
  const bar = new StageBar();
  const cells = COLUMNS.slice(1, -1).map(({ spare }) =>
    el('td', { class: spare === true ? 'figure spare' : 'figure' }),
  );
  const root = el(
    'tr',
    {},
    el('th', { attributes: { scope: 'row' } }, link),
    ...cells,
    el('td', { class: 'bar' }, bar.root),
  );
  return { root, link, cells, bar };
}

function updateRow({ link, cells, bar }: RowView, { operation, objectives, href }: Item): void {
  const { latency } = operation;
  const texts = [
    count(operation.count),
    rate(operation.ratePerSecond),
    operation.count === 0 ? NONE : percent(operation.errors / operation.count),
    ...[0.5, 0.95, 0.99].map((wanted) => seconds(quantile(latency, wanted)?.seconds)),
  ];
  setAttribute(link, 'href', href);
  texts.forEach((text, at) => {
    const cell = cells[at];
    if (cell !== undefined) setText(cell, text);
  });
  const errors = operation.count === 0 ? 0 : operation.errors / operation.count;
  level(cells[2], errors > 0.05 ? 'bad' : errors > 0.01 ? 'warn' : undefined);
  for (const [at, wanted] of [0.5, 0.95, 0.99].entries()) level(cells[3 + at], judged(objectives, wanted));
  bar.show(operation.stages);
}

function level(cell: HTMLElement | undefined, value: string | undefined): void {
  if (cell !== undefined) setAttribute(cell, 'data-level', value);
}

function judged(objectives: readonly ObjectiveSnapshot[], wanted: number): string | undefined {
  const mine = objectives.filter(({ indicator, quantile: of }) => indicator === 'latency' && of === wanted);
  if (mine.some(({ state }) => state === 'breached')) return 'bad';
  return mine.some(({ state }) => state === 'met') ? 'ok' : undefined;
}

function order({ sort, descending }: ViewState): (a: OperationSnapshot, b: OperationSnapshot) => number {
  const sign = descending ? -1 : 1;
  if (sort === 'name') return (a, b) => sign * a.name.localeCompare(b.name);
  const of = FIGURES[sort];
  return (a, b) => sign * (of(a) - of(b)) || a.name.localeCompare(b.name);
}

const FIGURES: Readonly<Record<Exclude<Sort, 'name'>, (operation: OperationSnapshot) => number>> = {
  time: ({ stages }) => stages.reduce((sum, { totalSeconds }) => sum + totalSeconds, 0),
  calls: ({ count: calls }) => calls,
  rate: ({ ratePerSecond }) => ratePerSecond,
  errors: ({ count: calls, errors }) => (calls === 0 ? -1 : errors / calls),
  p50: ({ latency }) => quantile(latency, 0.5)?.seconds ?? -1,
  p95: ({ latency }) => quantile(latency, 0.95)?.seconds ?? -1,
  p99: ({ latency }) => quantile(latency, 0.99)?.seconds ?? -1,
};
