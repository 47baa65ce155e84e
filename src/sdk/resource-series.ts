import type { Attributes } from '@opentelemetry/api';
import type { BatchTally } from '../components/batches/batch-tally.ts';
import type { CacheTally } from '../components/caches/cache-tally.ts';
import type { DatabaseTally } from '../components/databases/database-tally.ts';
import type { PoolTally } from '../components/pools/pool-tally.ts';
import type { ExplicitHistogram } from '../core/explicit-histogram.ts';
import {
  ATTR_BATCHER_NAME,
  ATTR_CACHE_NAME,
  ATTR_CACHE_RESULT,
  ATTR_DATABASE_NAME,
  ATTR_DB_CONNECTION_STATE,
  ATTR_DB_OPERATION_NAME,
  ATTR_DB_POOL_NAME,
  ATTR_DB_SYSTEM_NAME,
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_TOOL_NAME,
  ATTR_PREPARED,
  CACHE_RESULT_VALUE_ERROR,
  CACHE_RESULT_VALUE_HIT,
  CACHE_RESULT_VALUE_MISS,
  DB_CONNECTION_STATE_VALUE_IDLE,
  DB_CONNECTION_STATE_VALUE_USED,
  OTHER,
  PREPARED_VALUE_PARSED,
  PREPARED_VALUE_REUSED,
} from '../semconv/attributes.ts';
import {
  METRIC_BATCH_DURATION,
  METRIC_BATCH_SIZE,
  METRIC_BATCH_WAIT,
  METRIC_CACHE_ENTRIES,
  METRIC_CACHE_EVICTIONS,
  METRIC_CACHE_REQUESTS,
  METRIC_DATABASE_STATEMENTS,
  METRIC_POOL_CONNECTIONS,
  METRIC_POOL_CREATE_TIME,
  METRIC_POOL_ERRORS,
  METRIC_POOL_EXHAUSTED,
  METRIC_POOL_MAX,
  METRIC_POOL_PENDING,
  METRIC_POOL_TIMEOUTS,
  METRIC_POOL_USE_TIME,
  METRIC_POOL_WAIT_TIME,
  METRIC_QUERY_DURATION,
} from '../semconv/resource-streams.ts';
import type { SeriesOfStream, SeriesPoint } from './series-producer.ts';

/** Points collected stream by stream. */
class Points {
  readonly #streams = new Map<string, SeriesPoint[]>();

  add(stream: string, attributes: Attributes, value: SeriesPoint['value']): void {
    const points = this.#streams.get(stream);
    if (points === undefined) this.#streams.set(stream, [{ attributes, value }]);
    else points.push({ attributes, value });
  }

  /** A histogram that has seen something. */
  addUsed(stream: string, attributes: Attributes, value: ExplicitHistogram): void {
    if (value.count > 0) this.add(stream, attributes, value);
  }

  series(): SeriesOfStream[] {
    return [...this.#streams].map(([stream, points]) => ({ stream, points }));
  }
}

/** What the streams of `resource-streams.ts` are read from. */
export interface Resources {
  readonly caches: readonly CacheTally[];
  readonly pools: readonly PoolTally[];
  readonly databases: readonly DatabaseTally[];
  readonly batches: readonly BatchTally[];
}

/** Reads the streams of what is watched; nothing watched, no points. */
export function resourceSeries({ caches, pools, databases, batches }: Resources): SeriesOfStream[] {
  const points = new Points();
  for (const cache of caches) addCache(points, cache);
  for (const pool of pools) addPool(points, pool);
  for (const database of databases) addDatabase(points, database);
  for (const batcher of batches) addBatcher(points, batcher);
  return points.series();
}

function addCache(points: Points, cache: CacheTally): void {
  const name = { [ATTR_CACHE_NAME]: cache.name };
  // Operations that are no tools share the point without a tool.
  const byTool = new Map<string | undefined, { hits: number; misses: number; failures: number }>();
  for (const { asker, hits, misses, failures } of cache.byAsker()) {
    const tool = asker?.targetKind === 'tool' ? (asker.target ?? OTHER) : undefined;
    const sum = byTool.get(tool) ?? { hits: 0, misses: 0, failures: 0 };
    byTool.set(tool, { hits: sum.hits + hits, misses: sum.misses + misses, failures: sum.failures + failures });
  }
  for (const [tool, { hits, misses, failures }] of byTool) {
    const who = tool === undefined ? name : { ...name, [ATTR_GEN_AI_TOOL_NAME]: tool };
    points.add(METRIC_CACHE_REQUESTS, { ...who, [ATTR_CACHE_RESULT]: CACHE_RESULT_VALUE_HIT }, hits);
    points.add(METRIC_CACHE_REQUESTS, { ...who, [ATTR_CACHE_RESULT]: CACHE_RESULT_VALUE_MISS }, misses);
    points.add(METRIC_CACHE_REQUESTS, { ...who, [ATTR_CACHE_RESULT]: CACHE_RESULT_VALUE_ERROR }, failures);
  }
  const { entries } = cache;
  if (entries !== undefined) points.add(METRIC_CACHE_ENTRIES, name, entries);
  points.add(METRIC_CACHE_EVICTIONS, name, cache.evictions);
}

function addPool(points: Points, pool: PoolTally): void {
  const name = { [ATTR_DB_POOL_NAME]: pool.name };
  const { used, idle, pending, max, timeouts } = pool.reading();
  const state = (value: string): Attributes => ({ ...name, [ATTR_DB_CONNECTION_STATE]: value });
  points.add(METRIC_POOL_CONNECTIONS, state(DB_CONNECTION_STATE_VALUE_USED), used);
  points.add(METRIC_POOL_CONNECTIONS, state(DB_CONNECTION_STATE_VALUE_IDLE), idle);
  if (max !== undefined) points.add(METRIC_POOL_MAX, name, max);
  points.add(METRIC_POOL_PENDING, name, pending);
  points.add(METRIC_POOL_TIMEOUTS, name, timeouts);
  points.add(METRIC_POOL_EXHAUSTED, name, pool.exhaustedSeconds);
  points.addUsed(METRIC_POOL_WAIT_TIME, name, pool.waitTime);
  points.addUsed(METRIC_POOL_USE_TIME, name, pool.useTime);
  points.addUsed(METRIC_POOL_CREATE_TIME, name, pool.createTime);
  for (const [type, count] of pool.errorTypes)
    points.add(METRIC_POOL_ERRORS, { ...name, [ATTR_ERROR_TYPE]: type }, count);
}

function addDatabase(points: Points, database: DatabaseTally): void {
  const { system, name, reused, parsed } = database;
  const identity = { [ATTR_DB_SYSTEM_NAME]: system, [ATTR_DATABASE_NAME]: name };
  for (const { operation, errorType, histogram } of database.series()) {
    const attributes: Attributes = { ...identity, [ATTR_DB_OPERATION_NAME]: operation };
    if (errorType !== '') attributes[ATTR_ERROR_TYPE] = errorType;
    points.addUsed(METRIC_QUERY_DURATION, attributes, histogram);
  }
  if (reused + parsed === 0) return;
  points.add(METRIC_DATABASE_STATEMENTS, { ...identity, [ATTR_PREPARED]: PREPARED_VALUE_REUSED }, reused);
  points.add(METRIC_DATABASE_STATEMENTS, { ...identity, [ATTR_PREPARED]: PREPARED_VALUE_PARSED }, parsed);
}

function addBatcher(points: Points, batcher: BatchTally): void {
  const name = { [ATTR_BATCHER_NAME]: batcher.name };
  points.addUsed(METRIC_BATCH_SIZE, name, batcher.size);
  points.addUsed(METRIC_BATCH_WAIT, name, batcher.wait);
  points.addUsed(METRIC_BATCH_DURATION, name, batcher.duration);
  points.addUsed(METRIC_BATCH_DURATION, { ...name, [ATTR_ERROR_TYPE]: OTHER }, batcher.failedDuration);
}
