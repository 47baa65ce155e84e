import { CacheRecorder } from '../../core/recorders.ts';
import { hasMethods, type Method, observeResult, quietly, replaceMethod, undoAll } from '../replace-method.ts';
import { type CacheTally, fileLookup } from './cache-tally.ts';
import { redisLookup, runWatched } from './redis-lookups.ts';

/** How one kind of cache is recognised, and what is replaced in it. */
export interface CacheKind {
  readonly kind: string;
  matches(target: object): boolean;
  /** Watches one cache; answers how to put it back. */
  watch(target: object, tally: CacheTally): () => void;
}

type Shape = Record<string, unknown>;

/** The method with its outcome filed: `before` looks at the call and tells what to do with an answer; a rejection or an exception is a failure. */
function filing(
  tally: CacheTally,
  original: Method,
  before: (cache: unknown, args: unknown[], asker: ReturnType<CacheTally['askerNow']>) => (answer: unknown) => void,
): Method {
  return function (this: unknown, ...args: unknown[]) {
    const asker = tally.askerNow();
    const file = before(this, args, asker);
    let result: unknown;
    try {
      result = original.apply(this, args);
    } catch (error) {
      quietly(() => tally.failure(asker));
      throw error;
    }
    return observeResult(result, file, () => tally.failure(asker));
  };
}

/** Counts what a look-up method answers: nothing is a miss. */
function lookup(tally: CacheTally, isMany: (args: unknown[]) => boolean = () => false): (original: Method) => Method {
  return (original) =>
    filing(tally, original, (_cache, args, asker) => (value) => fileLookup(value, isMany(args), tally, asker));
}

/** Counts entries that went without being deleted: the size says it. Works for every version of the library. */
function evictions(tally: CacheTally, added: (target: Shape, args: unknown[]) => number): (original: Method) => Method {
  return (original) =>
    function (this: Shape, ...args: unknown[]) {
      let expected = 0;
      quietly(() => {
        expected = Number(this['size']) + added(this, args);
      });
      const result = original.apply(this, args);
      quietly(() => tally.evicted(expected - Number(this['size'])));
      return result;
    };
}

/** Makes look-ups that call one another, in the same turn, count once. */
function onlyOutermost(): (make: (original: Method) => Method) => (original: Method) => Method {
  let inside = false;
  return (make) => (original) => {
    const watched = make(original);
    return function (this: unknown, ...args) {
      if (inside) return original.apply(this, args);
      inside = true;
      try {
        return watched.apply(this, args);
      } finally {
        inside = false;
      }
    };
  };
}

function sizeOf(target: object, tally: CacheTally, read: (target: Shape) => unknown): () => void {
  const reference = new WeakRef(target as Shape);
  return tally.addSize(() => {
    const cache = reference.deref();
    const size = cache === undefined ? undefined : read(cache);
    return typeof size === 'number' && Number.isFinite(size) ? size : undefined;
  });
}

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

/** `lru-cache`, every version with `peek` and `size`. Its own calls of one look-up by another count once. */
const lruCache: CacheKind = {
  kind: 'lru-cache',
  matches: (target) =>
    hasMethods(target, 'get', 'set', 'has', 'peek', 'delete') && typeof (target as Shape)['size'] === 'number',
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
      replaceMethod(target, 'set', evictions(tally, add)),
    ]);
  },
};

/** Keyv: a failing store becomes an event, or nothing at all, and an answer of nothing, which would look like a miss. */
const keyv: CacheKind = {
  kind: 'keyv',
  matches: (target) =>
    hasMethods(target, 'get', 'set', 'delete', 'emit') && 'opts' in target && !('sendCommand' in target),
  watch(target, tally) {
    let failed = 0;
    const outermost = onlyOutermost();
    const get = (original: Method): Method =>
      function (this: unknown, ...args: unknown[]) {
        const asker = tally.askerNow();
        const failedBefore = failed;
        return observeResult(
          original.apply(this, args),
          (value) => {
            if ((value === undefined || value === null) && failed > failedBefore) tally.failure(asker);
            else fileLookup(value, Array.isArray(args[0]), tally, asker);
          },
          () => tally.failure(asker),
        );
      };
    const emit = (original: Method): Method =>
      function (this: unknown, ...args) {
        if (args[0] === 'error') failed += 1;
        return original.apply(this, args);
      };
    const failing = (original: Method): Method =>
      function (this: unknown, ...args) {
        const failure = (): void => {
          failed += 1;
        };
        try {
          return observeResult(original.apply(this, args), () => {}, failure);
        } catch (error) {
          failure();
          throw error;
        }
      };
    const storeOf = (cache: Shape): Shape | undefined =>
      (cache['store'] ?? (cache['opts'] as Shape | undefined)?.['store']) as Shape | undefined;
    const store = storeOf(target as Shape) ?? {};
    return undoAll([
      sizeOf(target, tally, (cache) => storeOf(cache)?.['size']),
      replaceMethod(store, 'get', failing),
      replaceMethod(store, 'getMany', failing),
      replaceMethod(target, 'emit', emit),
      replaceMethod(target, 'get', outermost(get)),
      replaceMethod(target, 'getMany', outermost(get)),
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
        const command = args[0] as { name?: unknown };
        const kind = redisLookup(command?.name);
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
export const CACHE_KINDS: readonly CacheKind[] = [custom, ioredis, nodeRedis, lruCache, keyv, mapLike];
