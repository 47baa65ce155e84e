import { type Method, observeResult, quietly } from '../replace-method.ts';
import { type CacheTally, fileLookup } from './cache-tally.ts';

/** How one kind of cache is recognised, and what is replaced in it. */
export interface CacheKind {
  readonly kind: string;
  matches(target: object): boolean;
  /** Watches one cache; answers how to put it back. */
  watch(target: object, tally: CacheTally): () => void;
}

/** An object of somebody else. */
export type Shape = Record<string, unknown>;

/** The method with its outcome filed: `before` looks at the call and tells what to do with an answer; a rejection or an exception is a failure. */
export function filing(
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
export function lookup(
  tally: CacheTally,
  isMany: (args: unknown[]) => boolean = () => false,
): (original: Method) => Method {
  return (original) =>
    filing(tally, original, (_cache, args, asker) => (value) => fileLookup(value, isMany(args), tally, asker));
}

/** Counts entries that went without being deleted: the size says it. Works for every version of the library. */
export function evictions(
  tally: CacheTally,
  added: (target: Shape, args: unknown[]) => number,
): (original: Method) => Method {
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
export function onlyOutermost(): (make: (original: Method) => Method) => (original: Method) => Method {
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

/** Reads the number of entries as long as somebody else holds the cache. */
export function sizeOf(target: object, tally: CacheTally, read: (target: Shape) => unknown): () => void {
  const reference = new WeakRef(target as Shape);
  return tally.addSize(() => {
    const cache = reference.deref();
    const size = cache === undefined ? undefined : read(cache);
    return typeof size === 'number' && Number.isFinite(size) ? size : undefined;
  });
}
