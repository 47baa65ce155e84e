import { type CacheTally, fileLookup } from './cache-tally.ts';

/** Commands of Redis that look something up; those with several keys answer an array. */
const LOOKUPS = new Set(['get', 'getex', 'getdel', 'hget', 'mget', 'hmget']);

/** Whether a command looks something up: one value, or several as an array. */
export function redisLookup(command: unknown): 'one' | 'many' | undefined {
  if (typeof command !== 'string') return undefined;
  const name = command.toLowerCase().replace(/buffer$/, '');
  if (!LOOKUPS.has(name)) return undefined;
  return name.endsWith('mget') ? 'many' : 'one';
}

/** What a transaction answers to each of its commands; their results come with its last. */
const QUEUED = 'QUEUED';

/** Counts the answer to a look-up command. */
export function fileRedis(
  kind: 'one' | 'many',
  value: unknown,
  tally: CacheTally,
  asker: ReturnType<CacheTally['askerNow']>,
): void {
  if (value !== QUEUED) fileLookup(value, kind === 'many', tally, asker);
}

let depth = 0;

/** Whether a command is being sent by a client that is watched in place. */
export function insideWatched(): boolean {
  return depth > 0;
}

/** Sends something whose outcome is counted already: what the library publishes about it is not counted again. */
export function runWatched<R>(send: () => R): R {
  depth += 1;
  try {
    return send();
  } finally {
    depth -= 1;
  }
}
