import type { Stream } from './stream.ts';

export const METRIC_CACHE_REQUESTS = 'mcp_vitals.cache.requests';
export const METRIC_CACHE_ENTRIES = 'mcp_vitals.cache.entries';
export const METRIC_CACHE_EVICTIONS = 'mcp_vitals.cache.evictions';
export const METRIC_POOL_CONNECTIONS = 'db.client.connection.count';
export const METRIC_POOL_MAX = 'db.client.connection.max';
export const METRIC_POOL_PENDING = 'db.client.connection.pending_requests';
export const METRIC_POOL_TIMEOUTS = 'db.client.connection.timeouts';
export const METRIC_POOL_WAIT_TIME = 'db.client.connection.wait_time';
export const METRIC_POOL_USE_TIME = 'db.client.connection.use_time';
export const METRIC_POOL_CREATE_TIME = 'db.client.connection.create_time';
export const METRIC_POOL_ERRORS = 'mcp_vitals.pool.errors';
export const METRIC_POOL_EXHAUSTED = 'mcp_vitals.pool.exhausted';
export const METRIC_QUERY_DURATION = 'db.client.operation.duration';
export const METRIC_DATABASE_STATEMENTS = 'mcp_vitals.database.statements';
export const METRIC_BATCH_SIZE = 'mcp_vitals.batch.size';
export const METRIC_BATCH_WAIT = 'mcp_vitals.batch.wait';
export const METRIC_BATCH_DURATION = 'mcp_vitals.batch.duration';

const POOL = 'db.client.connection.pool.name';
const CACHE = 'mcp_vitals.cache.name';
const BATCHER = 'mcp_vitals.batcher.name';

/** Streams about what is watched: caches, connection pools, databases, batchers. */
export const RESOURCE_STREAMS: readonly Stream[] = [
  {
    name: METRIC_CACHE_REQUESTS,
    kind: 'counter',
    unit: '{request}',
    description: 'Look-ups in a cache, by outcome and by the tool that asked.',
    attributes: [CACHE, 'mcp_vitals.cache.result', 'gen_ai.tool.name'],
  },
  {
    name: METRIC_CACHE_ENTRIES,
    kind: 'gauge',
    unit: '{entry}',
    description: 'Entries in a cache, where it tells.',
    attributes: [CACHE],
  },
  {
    name: METRIC_CACHE_EVICTIONS,
    kind: 'counter',
    unit: '{entry}',
    description: 'Entries a cache dropped to make room or for their age, where it tells.',
    attributes: [CACHE],
  },
  {
    name: METRIC_POOL_CONNECTIONS,
    kind: 'updowncounter',
    unit: '{connection}',
    description: 'Connections of a pool, by state.',
    attributes: [POOL, 'db.client.connection.state'],
  },
  {
    name: METRIC_POOL_MAX,
    kind: 'updowncounter',
    unit: '{connection}',
    description: 'Most connections a pool may open.',
    attributes: [POOL],
  },
  {
    name: METRIC_POOL_PENDING,
    kind: 'updowncounter',
    unit: '{request}',
    description: 'Requests for a connection that wait.',
    attributes: [POOL],
  },
  {
    name: METRIC_POOL_TIMEOUTS,
    kind: 'counter',
    unit: '{timeout}',
    description: 'Requests for a connection that were given up for waiting too long.',
    attributes: [POOL],
  },
  {
    name: METRIC_POOL_WAIT_TIME,
    kind: 'histogram',
    unit: 's',
    description: 'Time until a connection was there, opening one included.',
    attributes: [POOL],
  },
  {
    name: METRIC_POOL_USE_TIME,
    kind: 'histogram',
    unit: 's',
    description: 'Time between taking a connection and giving it back.',
    attributes: [POOL],
  },
  {
    name: METRIC_POOL_CREATE_TIME,
    kind: 'histogram',
    unit: 's',
    description: 'Time it took to open a connection.',
    attributes: [POOL],
  },
  {
    name: METRIC_POOL_ERRORS,
    kind: 'counter',
    unit: '{error}',
    description: 'Connections that could not be opened or broke.',
    attributes: [POOL, 'error.type'],
  },
  {
    name: METRIC_POOL_EXHAUSTED,
    kind: 'counter',
    unit: 's',
    description: 'Time in which somebody waited because every connection was in use.',
    attributes: [POOL],
  },
  {
    name: METRIC_QUERY_DURATION,
    kind: 'histogram',
    unit: 's',
    description: 'Duration of a database query.',
    attributes: ['db.system.name', 'mcp_vitals.database.name', 'db.operation.name', 'error.type'],
  },
  {
    name: METRIC_DATABASE_STATEMENTS,
    kind: 'counter',
    unit: '{execution}',
    description: 'Executions of named statements that reused what the connection had prepared, or prepared it.',
    attributes: ['db.system.name', 'mcp_vitals.database.name', 'mcp_vitals.database.prepared'],
  },
  {
    name: METRIC_BATCH_SIZE,
    kind: 'histogram',
    unit: '{item}',
    description: 'Items in a batch.',
    attributes: [BATCHER],
  },
  {
    name: METRIC_BATCH_WAIT,
    kind: 'histogram',
    unit: 's',
    description: 'Time the first item of a batch waited for others.',
    attributes: [BATCHER],
  },
  {
    name: METRIC_BATCH_DURATION,
    kind: 'histogram',
    unit: 's',
    description: 'Time the work on a batch took.',
    attributes: [BATCHER, 'error.type'],
  },
];
