import type { ObjectiveSnapshot } from '../../core/model/objective.ts';
import type { OperationSnapshot, Snapshot } from '../../core/model/snapshot.ts';
import { el, KeyedList, setAttribute, setText } from './dom.ts';
import { count, NONE, percent, quantile, rate, seconds } from './figures.ts';
import { StageBar, stageLegend } from './stage-bar.ts';
import { readState, type Sort, type ViewState, writeState } from './view-state.ts';

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
  /** What it is to show, and what it shows; different while it is out of view. */
  wanted: Item;
  shown: Item | undefined;
}

interface Item {
  readonly operation: OperationSnapshot;
  readonly objectives: readonly ObjectiveSnapshot[];
  /** What the address keeps besides the operation. */
  readonly state: string;
}

const NO_OBJECTIVES: readonly ObjectiveSnapshot[] = [];
/** Rows out of view are brought up to date a few at a time, so that a search of the browser and a screen reader find them so. */
const UNSEEN_PER_UPDATE = 8;

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
  readonly #views = new WeakMap<Element, RowView>();
  readonly #unseen = new Set<RowView>();
  #unseenLeft = 0;
  readonly #observer = new IntersectionObserver((entries) => this.#cameIntoView(entries), { rootMargin: '300px' });

  constructor({ onState }: OperationsTableOptions) {
    this.#filter = el('input', {
      attributes: { type: 'search', placeholder: 'Filter operations', 'aria-label': 'Filter operations', id: 'filter' },
    });
    this.#filter.addEventListener('input', () => onState({ filter: this.#filter.value }));
    const body = el('tbody');
    this.#list = new KeyedList<Item, RowView>(
      body,
      (item) => this.#created(createRow(item)),
      (row, item) => this.#update(row, item),
    );
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
    const objectives = new Map<string | undefined, ObjectiveSnapshot[]>();
    for (const objective of snapshot.objectives ?? []) {
      const same = objectives.get(objective.operation);
      if (same === undefined) objectives.set(objective.operation, [objective]);
      else same.push(objective);
    }
    const address = writeState({ ...state, operation: '' });
    const items = operations.map((operation) => ({
      operation,
      objectives: objectives.get(operation.name) ?? NO_OBJECTIVES,
      state: address,
    }));
    this.#unseenLeft = UNSEEN_PER_UPDATE;
    this.#list.show(items, ({ operation }) => operation.name);
    setText(
      this.#shown,
      operations.length === all.length ? String(all.length) : `${operations.length} of ${all.length}`,
    );
    const isUnused = all.every(({ name }) => BEFORE_THE_FIRST_CALL.test(name));
    this.#table.hidden = operations.length === 0;
    this.#empty.hidden = operations.length > 0 && !isUnused;
    setText(
      this.#empty,
      isUnused
        ? 'Nothing has been called yet. Call a tool, and it appears here within a second.'
        : 'No operation matches.',
    );
  }

  #created(row: RowView): RowView {
    this.#views.set(row.root, row);
    this.#observer.observe(row.root);
    return row;
  }

  #update(row: RowView, item: Item): void {
    row.wanted = item;
    if (isSame(row.shown, item)) return;
    if (row.shown !== undefined && this.#unseen.has(row)) {
      if (this.#unseenLeft === 0) return;
      this.#unseenLeft -= 1;
    }
    updateRow(row);
  }

  #cameIntoView(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const row = this.#views.get(target);
      if (row === undefined) continue;
      if (!isIntersecting) {
        this.#unseen.add(row);
        continue;
      }
      this.#unseen.delete(row);
      if (!isSame(row.shown, row.wanted)) updateRow(row);
    }
  }

  #header({ title, sort, spare }: Column, onState: OperationsTableOptions['onState']): HTMLElement {
    const isFigure = sort !== 'name' && sort !== 'time';
    const names = [...(isFigure ? ['figure'] : []), ...(spare === true ? ['spare'] : [])].join(' ');
    const cell = el('th', { attributes: { scope: 'col' }, ...(names === '' ? {} : { class: names }) });
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

/** What clients ask of every server before they use it. */
const BEFORE_THE_FIRST_CALL = /^(initialize|ping|server\/discover|notifications\/.*|logging\/.*|.*\/list)$/;

function isSame(shown: Item | undefined, { operation, objectives, state }: Item): boolean {
  if (shown === undefined || shown.operation !== operation || shown.state !== state) return false;
  return objectives.length === shown.objectives.length && objectives.every((one, at) => one === shown.objectives[at]);
}

function createRow(item: Item): RowView {
  const { method, target, name } = item.operation;
  const link =
    typeof target === 'string'
      ? el('a', { attributes: { title: name } }, el('span', { class: 'method', text: method }), ` ${target}`)
      : el('a', { text: name, attributes: { title: name } });
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
  return { root, link, cells, bar, wanted: item, shown: undefined };
}

function updateRow(row: RowView): void {
  const { link, cells, bar, wanted } = row;
  const { operation, objectives, state } = wanted;
  const { latency } = operation;
  const texts = [
    count(operation.count),
    rate(operation.ratePerSecond),
    operation.count === 0 ? NONE : percent(operation.errors / operation.count),
    ...[0.5, 0.95, 0.99].map((quantileOf) => seconds(quantile(latency, quantileOf)?.seconds)),
  ];
  if (row.shown?.state !== state) {
    setAttribute(link, 'href', writeState({ ...readState(state), operation: operation.name }));
  }
  row.shown = wanted;
  texts.forEach((text, at) => {
    const cell = cells[at];
    if (cell !== undefined) setText(cell, text);
  });
  const errors = operation.count === 0 ? 0 : operation.errors / operation.count;
  level(cells[2], errors > 0.05 ? 'bad' : errors > 0.01 ? 'warn' : undefined);
  for (const [at, of] of [0.5, 0.95, 0.99].entries()) level(cells[3 + at], judged(objectives, of));
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
