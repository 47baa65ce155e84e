import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { quietly } from '../replace-method.ts';
import type { ResourceContext } from '../resource-context.ts';
import type { CacheRegistry } from './cache-registry.ts';
import type { CacheTally } from './cache-tally.ts';
import { fileRedis, insideWatched, redisLookup } from './redis-lookups.ts';

/** What `lru-cache` publishes after an operation (seen in 11.5). */
interface LruStatus {
  readonly op?: string;
  readonly cache?: object & { readonly size?: number };
  readonly get?: string;
  readonly memo?: string;
  readonly fetch?: string;
  readonly returnedStale?: boolean;
}

/** What ioredis 5.11, node-redis 5.12 and later publish with a command. */
interface RedisCommand {
  readonly command?: string;
  readonly serverAddress?: string;
  readonly serverPort?: number;
  readonly database?: number;
  readonly result?: unknown;
  readonly error?: unknown;
}

const LRU_CHANNEL = 'lru-cache:metrics';
const REDIS_CHANNELS = ['ioredis:command', 'node-redis:command'];
const LRU_FETCH_END = 'tracing:lru-cache:asyncEnd';

/**
 * Watches caches that publish by themselves, with no call in the application: every `lru-cache` that an operation asks, and
 * the look-up commands of Redis clients. Caches that no operation asks belong to libraries and stay out of the figures.
 *
 * @returns a function that ends it
 */
export function followCacheChannels(registry: CacheRegistry, context: ResourceContext): () => void {
  const found = new WeakMap<object, CacheTally>();
  const lru = (message: unknown): void => quietly(() => lruLookup(message as LruStatus));
  const lruLookup = (status: LruStatus): void => {
    const { cache } = status;
    if (cache === undefined || registry.watched.has(cache)) return;
    const outcome = outcomeOf(status);
    if (outcome === undefined) return;
    let tally = found.get(cache);
    if (tally === undefined) {
      if (context.asker() === undefined) return;
      tally = registry.tallies.named(registry.tallies.freeName('lru-cache'));
      found.set(cache, tally);
      const reference = new WeakRef(cache);
      tally.addSize(() => reference.deref()?.size);
    }
    if (outcome) tally.hit();
    else tally.miss();
  };
  // Commands of a client that is watched in place.
  const counted = new WeakSet<object>();
  const begun = (message: unknown): void => {
    if (insideWatched()) counted.add(message as object);
  };
  const redis = (message: unknown): void =>
    quietly(() => {
      const command = message as RedisCommand;
      const kind = redisLookup(command.command);
      if (kind === undefined || counted.has(command)) return;
      const tally = registry.tallies.named(redisName(command));
      if (command.error !== undefined) tally.failure();
      else fileRedis(kind, command.result, tally, tally.askerNow());
    });
  const subscriptions: [string, (message: unknown) => void][] = [
    [LRU_CHANNEL, lru],
    [LRU_FETCH_END, lru],
    ...REDIS_CHANNELS.flatMap((name): [string, (message: unknown) => void][] => [
      [`tracing:${name}:start`, begun],
      [`tracing:${name}:asyncEnd`, redis],
    ]),
  ];
  for (const [name, listener] of subscriptions) subscribe(name, listener);
  return () => {
    for (const [name, listener] of subscriptions) unsubscribe(name, listener);
  };
}

/** Whether a look-up of `lru-cache` was a hit; `undefined` for what is no look-up. */
function outcomeOf({ op, get, memo, fetch, returnedStale }: LruStatus): boolean | undefined {
  const outcome = op === 'get' || fetch === 'get' ? get : op === 'memo' ? memo : op === 'fetch' ? fetch : undefined;
  if (outcome === 'hit' || outcome === 'inflight' || outcome === 'fetching') return true;
  if (outcome === 'miss' || outcome === 'refresh') return false;
  return outcome === undefined ? undefined : returnedStale === true;
}

/** `redis localhost:6379/0`: from the client's configuration. */
function redisName({ serverAddress, serverPort, database }: RedisCommand): string {
  const server =
    serverAddress === undefined ? '' : ` ${serverAddress}${serverPort === undefined ? '' : `:${serverPort}`}`;
  return `redis${server}${database === undefined ? '' : `/${database}`}`;
}
