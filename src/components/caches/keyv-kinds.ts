import { hasMethods, type Method, observeResult, replaceMethod, undoAll } from '../replace-method.ts';
import { type CacheKind, onlyOutermost, type Shape, sizeOf } from './cache-kind.ts';
import { type CacheTally, fileLookup } from './cache-tally.ts';

/** Failures that their cache does not tell whoever looked something up: an answer of nothing would look like a miss. */
class HiddenFailures {
  #count = 0;

  /** Counts the look-ups of `original`: one that answers nothing while something failed is a failure. */
  lookup(tally: CacheTally): (original: Method) => Method {
    return (original) => {
      const failures = this;
      return function (this: unknown, ...args: unknown[]) {
        const asker = tally.askerNow();
        const before = failures.#count;
        return observeResult(
          original.apply(this, args),
          (value) => {
            if (failures.#count > before && isNothing(value)) tally.failure(asker);
            else fileLookup(value, Array.isArray(args[0]), tally, asker);
          },
          () => tally.failure(asker),
        );
      };
    };
  }

  /** Sees the failures of a Keyv, of a cache made of them, and of the store it asks. */
  of(target: Shape): (() => void) | undefined {
    const emit = (original: Method): Method => {
      const seen = (event: unknown): void => {
        if (event === 'error') this.#count += 1;
      };
      return function (this: unknown, ...args) {
        seen(args[0]);
        return original.apply(this, args);
      };
    };
    const failing = (original: Method): Method => {
      const failed = (): void => {
        this.#count += 1;
      };
      return function (this: unknown, ...args) {
        try {
          return observeResult(original.apply(this, args), () => {}, failed);
        } catch (error) {
          failed();
          throw error;
        }
      };
    };
    const store = storeOf(target) ?? {};
    return undoAll([
      replaceMethod(store, 'get', failing),
      replaceMethod(store, 'getMany', failing),
      replaceMethod(target, 'emit', emit),
    ]);
  }
}

/** Keyv, and `Cacheable`, which has one or two of them. */
export const keyv: CacheKind = {
  kind: 'keyv',
  matches: (target) =>
    hasMethods(target, 'get', 'set', 'delete', 'emit') &&
    ('opts' in target || ('primary' in target && hasMethods(target, 'getRaw'))) &&
    !('sendCommand' in target),
  watch(target, tally) {
    const failures = new HiddenFailures();
    const outermost = onlyOutermost();
    const lookup = outermost(failures.lookup(tally));
    const { primary, secondary } = target as Shape;
    const first = (cache: Shape): Shape => (cache['primary'] ?? cache) as Shape;
    const levels = [primary, secondary].filter((level): level is Shape => typeof level === 'object' && level !== null);
    return undoAll([
      sizeOf(target, tally, (cache) => storeOf(first(cache))?.['size']),
      failures.of(target as Shape),
      ...levels.map((level) => failures.of(level)),
      ...['get', 'getMany', 'getRaw', 'getManyRaw'].map((method) => replaceMethod(target, method, lookup)),
    ]);
  },
};

/** `cache-manager` from 6 on: functions around one Keyv or several, whose failures it keeps to itself. */
export const cacheManager: CacheKind = {
  kind: 'cache-manager',
  matches: (target) => hasMethods(target, 'get', 'mget', 'wrap', 'on') && Array.isArray((target as Shape)['stores']),
  watch(target, tally) {
    const failures = new HiddenFailures();
    const lookup = failures.lookup(tally);
    const stores = (target as { stores: Shape[] }).stores;
    // It looks up what it is to wrap in its stores; calls for the same key at the same time share one look-up.
    const wrapped = new Map<unknown, { found: boolean }>();
    const found = (original: Method): Method =>
      function (this: unknown, ...args) {
        return observeResult(
          original.apply(this, args),
          (value) => {
            const call = wrapped.get(args[0]);
            if (call !== undefined && !isNothing(value)) call.found = true;
          },
          () => {},
        );
      };
    const wrap = (original: Method): Method =>
      function (this: unknown, ...args) {
        const [key] = args as unknown[];
        const asker = tally.askerNow();
        const shared = wrapped.get(key);
        const call = shared ?? { found: false };
        wrapped.set(key, call);
        const over = (): void => {
          if (shared === undefined) wrapped.delete(key);
          if (call.found || shared !== undefined) tally.hit(asker);
          else tally.miss(asker);
        };
        return observeResult(original.apply(this, args), over, over);
      };
    return undoAll([
      sizeOf(target, tally, (cache) => storeOf((cache as { stores: Shape[] }).stores[0] ?? {})?.['size']),
      ...stores.map((store) => failures.of(store)),
      ...stores.map((store) => replaceMethod(store, 'get', found)),
      replaceMethod(target, 'get', lookup),
      replaceMethod(target, 'mget', lookup),
      replaceMethod(target, 'wrap', wrap),
    ]);
  },
};

function storeOf(cache: Shape): Shape | undefined {
  return (cache['store'] ?? (cache['opts'] as Shape | undefined)?.['store']) as Shape | undefined;
}

/** Neither a value nor one of several. */
function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isNothing);
  return value === undefined || value === null;
}
