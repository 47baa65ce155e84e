import type { PoolReader } from '../../core/recorders.ts';
import type { DatabaseRegistry } from '../databases/database-registry.ts';
import { NamedTallies } from '../named-tallies.ts';
import type { ResourceContext } from '../resource-context.ts';
import { mysql2 } from './mysql-pool.ts';
import type { PoolKind } from './pool-kind.ts';
import { PoolTally } from './pool-tally.ts';
import { pg } from './postgres-pool.ts';
import { genericPool, tarn } from './resource-pools.ts';

/** In the order in which they are tried. */
const POOL_KINDS: readonly PoolKind[] = [pg, mysql2, tarn, genericPool];

/** All connection pools that are watched. */
export class PoolRegistry {
  readonly tallies: NamedTallies<PoolTally>;
  readonly #context: ResourceContext;
  readonly #databases: DatabaseRegistry;
  readonly #undos = new WeakMap<object, () => void>();

  constructor(context: ResourceContext, limit: number, databases: DatabaseRegistry) {
    this.#context = context;
    this.#databases = databases;
    this.tallies = new NamedTallies(limit, (name) => new PoolTally(name, context));
  }

  /**
   * Watches one pool in place, and the queries through it where it is a pool of a database. A name given in code takes over
   * a pool that was found by itself.
   *
   * @param name `undefined` takes host, port and database of its configuration
   * @param target a pool, or the function that reads one
   */
  watch(name: string | undefined, target: object): (() => void) | undefined {
    const found = this.#undos.get(target);
    if (found !== undefined) {
      if (name === undefined) return undefined;
      found();
    }
    if (typeof target === 'function') return this.#named(name, 'custom').addSource(target as PoolReader);
    const kind = POOL_KINDS.find((candidate) => candidate.matches(target));
    if (kind === undefined) {
      this.#context.diag.warn(
        'watch',
        `the pool ${JSON.stringify(name)} is of no known kind; give a function that reads it`,
      );
      return undefined;
    }
    const pool = this.#named(name ?? kind.nameOf(target), kind.system);
    pool.system = kind.system;
    const undo = kind.watch(target, {
      pool,
      database: (system) => this.#databases.named(pool.name, system, target),
      context: this.#context,
    });
    this.#undos.set(target, undo);
    return () => {
      this.#undos.delete(target);
      undo();
    };
  }

  #named(name: string | undefined, fallback: string): PoolTally {
    return this.tallies.named(name ?? this.tallies.freeName(fallback));
  }
}
