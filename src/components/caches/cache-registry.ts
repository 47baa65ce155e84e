import { NamedTallies } from '../named-tallies.ts';
import type { ResourceContext } from '../resource-context.ts';
import { CACHE_KINDS } from './cache-kinds.ts';
import { CacheTally } from './cache-tally.ts';

/** All caches that are watched. */
export class CacheRegistry {
  readonly tallies: NamedTallies<CacheTally>;
  readonly #context: ResourceContext;
  /** Caches watched in place, so that nothing is counted twice where the library publishes too. */
  readonly watched: WeakSet<object> = new WeakSet();

  /** @param limit names with figures of their own; the rest shares `_OTHER` */
  constructor(context: ResourceContext, limit: number) {
    this.#context = context;
    this.tallies = new NamedTallies(limit, (name) => new CacheTally(name, context));
  }

  /**
   * Watches one cache in place.
   *
   * @param name `undefined` takes the name of the library
   * @returns how to put it back; `undefined` when it is not recognised or watched already
   */
  watch(name: string | undefined, target: object): (() => void) | undefined {
    if (this.watched.has(target)) return undefined;
    const kind = CACHE_KINDS.find((candidate) => candidate.matches(target));
    if (kind === undefined) {
      this.#context.diag.warn(
        'watch',
        `the cache ${JSON.stringify(name)} is of no known kind; report its look-ups yourself`,
      );
      return undefined;
    }
    const tally = this.tallies.named(name ?? this.tallies.freeName(kind.kind));
    const undo = kind.watch(target, tally);
    this.watched.add(target);
    return () => {
      this.watched.delete(target);
      undo();
    };
  }
}
