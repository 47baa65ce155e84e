import { CacheRecorder } from '../../core/recorders.ts';
import { hasMethods, type Method, replaceMethod, undoAll } from '../replace-method.ts';
import { type CacheKind, evictions, filing, lookup, onlyOutermost, type Shape, sizeOf } from './cache-kind.ts';
import { cacheManager, keyv } from './keyv-kinds.ts';
import { redisLookup, runWatched } from './redis-lookups.ts';

const custom: CacheKind = {
  kind: 'custom',
  matches: (target) =>
    target instanceof CacheRecorder || (hasMethods(target, 'hit', 'miss', 'failure') && 'sink' in target),
  watch(target, tally) {
    const recorder = target as CacheRecorder;
    recorder.sink = tally;
    const { entries } = recorder;
    const removeSize = entries === undefined ? undefined : tally.addSize(entries);
    return () => {
      recorder.sink = undefined;
      removeSize?.();
    };
  },
};

/** `lru-cache`, every version with `peek` and `size`, and `CacheableMemory`. Their own calls of one method by another count once. */
const lruCache: CacheKind = {
  kind: 'lru-cache',
  matches: (target) =>
    hasMethods(target, 'get', 'set', 'has', 'delete') &&
    (hasMethods(target, 'peek') || 'lruSize' in target) &&
    typeof (target as Shape)['size'] === 'number',
  watch(target, tally) {
    const outermost = onlyOutermost();
    // What it does not hold it fetches or computes: the answer says nothing, having it beforehand does.
    const filling = (original: Method): Method =>
      filing(tally, original, (cache, [key], asker) => {
        const had = (cache as { has(key: unknown): boolean }).has(key);
        return () => (had ? tally.hit(asker) : tally.miss(asker));
      });
    const dropped = evictions(tally, () => 0);
    const add = (cache: Shape, [key, value]: unknown[]): number =>
      value === undefined || (cache as { has(key: unknown): boolean }).has(key) ? 0 : 1;
    return undoAll([
      sizeOf(target, tally, (cache) => cache['size']),
      replaceMethod(
        target,
        'get',
        outermost((original) => dropped(lookup(tally)(original))),
      ),
      replaceMethod(target, 'fetch', outermost(filling)),
      replaceMethod(target, 'memo', outermost(filling)),
      replaceMethod(target, 'getMany', outermost(lookup(tally, () => true))),
      // Asks by looking up, in `CacheableMemory`, and is asked above.
      replaceMethod(
        target,
        'has',
        outermost((original) => original),
      ),
      replaceMethod(target, 'set', outermost(evictions(tally, add))),
    ]);
  },
};

/** ioredis: every command passes through `sendCommand`, some twice: those that waited for the connection. */
const ioredis: CacheKind = {
  kind: 'ioredis',
  matches: (target) =>
    hasMethods(target, 'sendCommand', 'get', 'duplicate') && typeof (target as Shape)['status'] === 'string',
  watch(target, tally) {
    const seen = new WeakSet<object>();
    const sendCommand = (original: Method): Method =>
      function (this: unknown, ...args) {
        const command = args[0] as { name?: unknown; inTransaction?: unknown };
        const kind = command?.inTransaction === true ? undefined : redisLookup(command?.name);
        if (kind === undefined || seen.has(command)) return runWatched(() => original.apply(this, args));
        seen.add(command);
        const send: Method = function (this: unknown, ...sent) {
          return runWatched(() => original.apply(this, sent));
        };
        return lookup(tally, () => kind === 'many')(send).apply(this, args);
      };
    return undoAll([replaceMethod(target, 'sendCommand', sendCommand)]);
  },
};

/** `redis` (node-redis): one method per command, in capitals and in camel case. */
const nodeRedis: CacheKind = {
  kind: 'redis',
  matches: (target) => hasMethods(target, 'sendCommand', 'get') && 'isOpen' in target,
  watch(target, tally) {
    const methods = [
      'get',
      'GET',
      'getEx',
      'GETEX',
      'getDel',
      'GETDEL',
      'hGet',
      'HGET',
      'mGet',
      'MGET',
      'hmGet',
      'HMGET',
    ];
    const watched = (name: string) => (original: Method) => {
      const send: Method = function (this: unknown, ...args) {
        return runWatched(() => original.apply(this, args));
      };
      return lookup(tally, () => redisLookup(name) === 'many')(send);
    };
    return undoAll(methods.map((name) => replaceMethod(target, name, watched(name))));
  },
};

/** Anything that looks like a Map: `get` answers nothing where it has nothing. */
const mapLike: CacheKind = {
  kind: 'map',
  matches: (target) => hasMethods(target, 'get', 'set'),
  watch: (target, tally) =>
    undoAll([
      sizeOf(target, tally, (cache) => cache['size']),
      replaceMethod(target, 'get', lookup(tally)),
      replaceMethod(
        target,
        'getMany',
        lookup(tally, () => true),
      ),
    ]),
};

/** In the order in which they are tried: the most particular first. */
export const CACHE_KINDS: readonly CacheKind[] = [custom, ioredis, nodeRedis, lruCache, cacheManager, keyv, mapLike];
