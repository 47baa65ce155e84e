/** Stretches of time the charts can show, with the resolution of the history that suits each. */
export const RANGES = {
  '5m': { label: '5 min', spoken: 'last 5 minutes', spanMs: 300_000, resolution: 1 },
  '1h': { label: '1 h', spoken: 'last hour', spanMs: 3_600_000, resolution: 10 },
  '24h': { label: '24 h', spoken: 'last 24 hours', spanMs: 86_400_000, resolution: 60 },
} as const;

export type RangeName = keyof typeof RANGES;

export const SORTS = ['time', 'name', 'calls', 'rate', 'errors', 'p50', 'p95', 'p99'] as const;
export type Sort = (typeof SORTS)[number];

/** What the address of the page says after the `#`: whoever gets the address sees the same. */
export interface ViewState {
  readonly range: RangeName;
  readonly sort: Sort;
  readonly descending: boolean;
  readonly filter: string;
  /** Operation shown in detail; empty: all of them. */
  readonly operation: string;
}

const INITIAL: ViewState = { range: '5m', sort: 'time', descending: true, filter: '', operation: '' };

/** Reads the part after the `#`; what makes no sense there is as if it were not. */
export function readState(hash: string): ViewState {
  const values = new URLSearchParams(hash.replace(/^#/, ''));
  const range = values.get('range') ?? '';
  const sort = values.get('sort') as Sort | null;
  return {
    range: Object.hasOwn(RANGES, range) ? (range as RangeName) : INITIAL.range,
    sort: sort !== null && SORTS.includes(sort) ? sort : INITIAL.sort,
    descending: values.get('order') !== 'asc',
    filter: (values.get('filter') ?? '').slice(0, 200),
    operation: (values.get('operation') ?? '').slice(0, 500),
  };
}

/** The same as text; what is as it was at first is left out. */
export function writeState(state: ViewState): string {
  const values = new URLSearchParams();
  if (state.operation !== '') values.set('operation', state.operation);
  if (state.range !== INITIAL.range) values.set('range', state.range);
  if (state.filter !== '') values.set('filter', state.filter);
  if (state.sort !== INITIAL.sort) values.set('sort', state.sort);
  if (!state.descending) values.set('order', 'asc');
  const text = values.toString();
  return text === '' ? '#' : `#${text}`;
}
