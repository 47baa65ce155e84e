import { type Column, type Fold, FoldingTable, type Tier } from './folding-table.ts';

/** What is kept: every second for five minutes, every ten seconds for an hour, every minute for a day. */
export const HISTORY_TIERS: readonly Tier[] = [
  { resolutionMs: 1_000, spanMs: 300_000 },
  { resolutionMs: 10_000, spanMs: 3_600_000 },
  { resolutionMs: 60_000, spanMs: 86_400_000 },
];

/**
 * Figures of the process, one sample a second. `seconds` is the time a sample covers: a rate is `requests / seconds`
 * whatever the resolution. Latencies are of the sliding window at that time, in seconds.
 */
export type ProcessColumn =
  | 'seconds'
  | 'requests'
  | 'errors'
  | 'mean'
  | 'p50'
  | 'p95'
  | 'p99'
  | 'active'
  | 'queued'
  | 'sessions'
  | 'cpu'
  | 'residentBytes'
  | 'heapUsedBytes'
  | 'eventLoopDelayP99'
  | 'eventLoopUtilization'
  | 'pressure'
  | 'health'
  | 'alerts'
  | 'cacheHitRatio'
  | 'poolUsed'
  | 'poolPending';

const PROCESS_COLUMNS: Readonly<Record<ProcessColumn, Fold>> = {
  seconds: 'sum',
  requests: 'sum',
  errors: 'sum',
  mean: 'mean',
  p50: 'mean',
  p95: 'max',
  p99: 'max',
  active: 'max',
  queued: 'max',
  sessions: 'last',
  cpu: 'mean',
  residentBytes: 'max',
  heapUsedBytes: 'max',
  eventLoopDelayP99: 'max',
  eventLoopUtilization: 'mean',
  pressure: 'max',
  health: 'min',
  alerts: 'max',
  cacheHitRatio: 'mean',
  poolUsed: 'max',
  poolPending: 'max',
};

/** Figures of one operation, one sample every ten seconds. */
export type OperationColumn = 'seconds' | 'requests' | 'errors' | 'mean' | 'p50' | 'p95' | 'p99';

const OPERATION_COLUMNS: Readonly<Record<OperationColumn, Fold>> = {
  seconds: 'sum',
  requests: 'sum',
  errors: 'sum',
  mean: 'mean',
  p50: 'mean',
  p95: 'max',
  p99: 'max',
};

/** A stretch of history, column by column; missing values are null. JSON-serialisable. */
export interface HistorySlice {
  readonly resolutionSeconds: number;
  /** Unix milliseconds at which each row begins. */
  readonly timestamps: readonly number[];
  readonly columns: Readonly<Record<string, readonly (number | null)[]>>;
}

/** Most operations with a history of their own, the first to be used; bounds their memory at 6 MiB. */
const MAX_OPERATIONS = 50;

const OPERATION_TIERS = HISTORY_TIERS.slice(1);

class Tables {
  readonly tables: readonly FoldingTable[];
  readonly #columns: readonly Column[];

  constructor(folds: Readonly<Record<string, Fold>>, tiers: readonly Tier[]) {
    this.#columns = Object.entries(folds).map(([name, fold]) => ({ name, fold }));
    this.tables = tiers.map((tier) => new FoldingTable(this.#columns, tier));
  }

  get bytes(): number {
    return this.tables.reduce((sum, table) => sum + table.bytes, 0);
  }

  add(timeMs: number, sample: Readonly<Partial<Record<string, number>>>): void {
    const values = this.#columns.map(({ name }) => sample[name] ?? Number.NaN);
    for (const table of this.tables) table.add(timeMs, values);
  }

  read(resolutionMs: number, nowMs: number, fromMs: number): HistorySlice {
    const table = this.tables.find(({ tier }) => tier.resolutionMs >= resolutionMs) ?? this.tables.at(-1);
    const timestamps: number[] = [];
    const columns = this.#columns.map((): (number | null)[] => []);
    const { tier } = table as FoldingTable;
    table?.each(Math.max(fromMs, nowMs - tier.spanMs), (time, valueAt) => {
      timestamps.push(time);
      columns.forEach((values, column) => {
        const value = valueAt(column);
        values.push(Number.isFinite(value) ? rounded(value) : null);
      });
    });
    return {
      resolutionSeconds: tier.resolutionMs / 1000,
      timestamps,
      columns: Object.fromEntries(this.#columns.map(({ name }, at) => [name, columns[at] ?? []])),
    };
  }
}

/** Seven digits are more than any figure here has, and half the text. */
function rounded(value: number): number {
  if (Number.isInteger(value)) return value;
  const decimals = 6 - Math.floor(Math.log10(Math.abs(value)));
  // Powers of ten are exact up to the 22nd, so the quotient is the double nearest to the short decimal; it is a quarter of the price.
  if (decimals < 0 || decimals > 22) return Number(value.toPrecision(7));
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}

/** A day of figures in bounded memory: of the process, and of the first operations to be used. */
export class History {
  readonly #process = new Tables(PROCESS_COLUMNS, HISTORY_TIERS);
  readonly #operations = new Map<string, Tables>();

  /** Memory of all rows. */
  get bytes(): number {
    let sum = this.#process.bytes;
    for (const tables of this.#operations.values()) sum += tables.bytes;
    return sum;
  }

  /** @param timeMs Unix milliseconds */
  addProcess(timeMs: number, sample: Readonly<Partial<Record<ProcessColumn, number>>>): void {
    this.#process.add(timeMs, sample);
  }

  /** Adds to the history of an operation; false when as many as are kept have one already. */
  addOperation(name: string, timeMs: number, sample: Readonly<Partial<Record<OperationColumn, number>>>): boolean {
    let tables = this.#operations.get(name);
    if (tables === undefined) {
      if (this.#operations.size >= MAX_OPERATIONS) return false;
      tables = new Tables(OPERATION_COLUMNS, OPERATION_TIERS);
      this.#operations.set(name, tables);
    }
    tables.add(timeMs, sample);
    return true;
  }

  /**
   * Rows later than `fromMs` in the finest resolution not finer than wanted.
   *
   * @param operation name of an operation; `undefined` for the process
   * @returns `undefined` for an operation without history
   */
  read(
    operation: string | undefined,
    resolutionMs: number,
    nowMs: number,
    fromMs: number = Number.NEGATIVE_INFINITY,
  ): HistorySlice | undefined {
    const tables = operation === undefined ? this.#process : this.#operations.get(operation);
    return tables?.read(resolutionMs, nowMs, fromMs);
  }
}
