import { BatchRecorder, CacheRecorder, type PoolReader } from '../core/recorders.ts';
import { databaseQuestions, type PlanCacheFigures, requestWatch } from '../core/watch-requests.ts';

/** Puts everything back as it was; calling it again does nothing. */
type Unwatch = () => void;

/**
 * Measures a cache in place: hits, misses, failures, evictions, entries, per operation that asks.
 *
 * Recognised by structure: `lru-cache`, Keyv, `cacheable`, `cache-manager`, ioredis, node-redis, and whatever has `get` and `set` and answers
 * `undefined` or `null` for what it does not hold. Answers and errors of the cache stay as they are.
 *
 * @param name from your code, not from a client: it becomes a label
 */
function watchCache(name: string, cache: object): Unwatch {
  return requestWatch({ kind: 'cache', name, target: cache });
}

/**
 * Counts the look-ups of a cache of your own: call `hit()`, `miss()` or `failure()` once per look-up, `evicted()` as you drop.
 *
 * @param entries number of entries, read at every collection
 */
function cacheRecorder(name: string, entries?: () => number): CacheRecorder {
  const recorder = new CacheRecorder(entries);
  requestWatch({ kind: 'cache', name, target: recorder });
  return recorder;
}

/**
 * Measures a connection pool in place: used, idle and waiting, wait, use and creation time, timeouts, errors, exhaustion, and the
 * queries through it where it is a pool of `pg` or `mysql2`. Recognised by structure: `pg`, `mysql2`, `generic-pool`, `tarn`; of any
 * other give a function that reads it.
 */
function watchPool(name: string, pool: object | PoolReader): Unwatch {
  return requestWatch({ kind: 'pool', name, target: pool });
}

/** Measures the queries of a connection without a pool: a client of `pg`, a database of `better-sqlite3`, `libsql` or `node:sqlite`. */
function watchDatabase(name: string, connection: object): Unwatch {
  return requestWatch({ kind: 'database', name, target: connection });
}

/** Measures the batches of a `DataLoader` in place. */
function watchBatcher(name: string, loader: object): Unwatch {
  return requestWatch({ kind: 'batcher', name, target: loader });
}

/** Records the batches of a batcher of your own, or of a service that takes several items in one request. */
function batchRecorder(name: string): BatchRecorder {
  const recorder = new BatchRecorder();
  requestWatch({ kind: 'batcher', name, target: recorder });
  return recorder;
}

/**
 * Asks a watched database for the plan of a statement, without executing it.
 *
 * @param database name it is watched under, as in the snapshot
 * @param statement one statement that only reads, or the id of a slow query (`q3`) where `capture.statements` is on
 * @throws ExplainError when the statement does more than read or the database refuses; RangeError for an unknown name or id;
 *   Error when the product does not run
 */
async function explain(database: string, statement: string): Promise<unknown> {
  return questions().explain(database, statement);
}

/** Asks a watched Postgres how often one of its connections reused the plans of its prepared statements. */
async function planCache(database: string): Promise<PlanCacheFigures> {
  return questions().planCache(database);
}

function questions(): NonNullable<ReturnType<typeof databaseQuestions>> {
  const asked = databaseQuestions();
  if (asked === undefined) throw new Error('mcp-vitals does not run in this process');
  return asked;
}

/** Watching of caches, connection pools, databases and batchers, each by one call. */
export interface Watching {
  readonly watchCache: typeof watchCache;
  readonly cacheRecorder: typeof cacheRecorder;
  readonly watchPool: typeof watchPool;
  readonly watchDatabase: typeof watchDatabase;
  readonly watchBatcher: typeof watchBatcher;
  readonly batchRecorder: typeof batchRecorder;
  readonly explain: typeof explain;
  readonly planCache: typeof planCache;
}

/** Requests wait until the product runs; where it does not, nothing happens. */
export const watching: Watching = {
  watchCache,
  cacheRecorder,
  watchPool,
  watchDatabase,
  watchBatcher,
  batchRecorder,
  explain,
  planCache,
};
