/** What kinds of things a tool calls. Classified by the semantic conventions of the calls; `custom` is what only code can name. */
export const COMPONENT_KINDS = [
  'database',
  'cache',
  'embedding',
  'generation',
  'http',
  'messaging',
  'feature_flag',
  'custom',
] as const;
export type ComponentKind = (typeof COMPONENT_KINDS)[number];

/** Time one operation spent in one component. Parallel calls count once, as the union of their intervals. */
export interface ComponentSnapshot {
  readonly kind: ComponentKind;
  /** `postgresql`, `api.example.org`, the name given in code: never a client-controlled text. */
  readonly name: string;
  /** Operations in which the component took part, since the process started. */
  readonly operations: number;
  /** Calls to it, and those that failed. */
  readonly calls: number;
  readonly errors: number;
  /** Seconds of the operations spent in it, in all. */
  readonly totalSeconds: number;
}

/** One cache since the process started; ratios are left to the reader, who may want a window. */
export interface CacheSnapshot {
  readonly name: string;
  readonly hits: number;
  readonly misses: number;
  readonly failures: number;
  readonly evictions: number;
  /** `undefined` where the cache does not tell. */
  readonly entries: number | undefined;
  /** Hits over look-ups of the last minute; `undefined` without look-ups. */
  readonly hitRatio: number | undefined;
  /** Look-ups of the last minute. */
  readonly recentLookups: number;
  /** By the operation that asked. */
  readonly byOperation: readonly { readonly operation: string; readonly hits: number; readonly misses: number }[];
}

/** One connection pool at this instant. */
export interface PoolSnapshot {
  readonly name: string;
  /** `pg`, `mysql2`, `generic-pool`, `tarn`, `custom`. */
  readonly system: string;
  readonly used: number;
  readonly idle: number;
  readonly pending: number;
  readonly max: number | undefined;
  readonly timeouts: number;
  readonly errors: number;
  /** Seconds in which somebody waited because every connection was in use. */
  readonly exhaustedSeconds: number;
  readonly meanWaitSeconds: number | undefined;
  readonly meanUseSeconds: number | undefined;
}

/** Queries of one kind since the process started. */
export interface QuerySnapshot {
  /** `SELECT`, `INSERT`, …: never text of a statement. */
  readonly operation: string;
  readonly count: number;
  readonly errors: number;
  readonly totalSeconds: number;
}

/** A statement that took longer than the threshold. */
export interface SlowQuerySnapshot {
  readonly id: string;
  readonly operation: string;
  /** With every literal removed; `undefined` unless `capture.statements` is on. */
  readonly statement: string | undefined;
  /** How often it was too slow. */
  readonly count: number;
  readonly maxSeconds: number;
  readonly totalSeconds: number;
  /** The operation that asked when it was slowest; `undefined` outside of any. */
  readonly askedBy: string | undefined;
}

/** One database since the process started. */
export interface DatabaseSnapshot {
  readonly name: string;
  /** `postgresql`, `mysql`, `sqlite`. */
  readonly system: string;
  readonly queries: readonly QuerySnapshot[];
  /** Executions of named statements that reused what the connection had prepared, and those that prepared it. */
  readonly prepared: { readonly reused: number; readonly parsed: number };
  /** The slowest first. */
  readonly slowQueries: readonly SlowQuerySnapshot[];
}

/** One batcher or embedding service since the process started. */
export interface BatchSnapshot {
  readonly name: string;
  readonly batches: number;
  readonly items: number;
  readonly errors: number;
  readonly meanSize: number | undefined;
  readonly meanWaitSeconds: number | undefined;
  readonly meanDurationSeconds: number | undefined;
  /** Items of successful batches per second of work. */
  readonly itemsPerBusySecond: number | undefined;
}

/** How close the process is to overload. */
export interface PressureSnapshot {
  /** 0 idle … 1 overloaded: the largest of the causes. */
  readonly value: number;
  readonly causes: readonly { readonly cause: string; readonly value: number; readonly evidence: string }[];
}
