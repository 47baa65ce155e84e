import type { DatabaseTally } from '../databases/database-tally.ts';
import { type Method, observeResult, quietly } from '../replace-method.ts';
import { type Asking, askingNow, type ResourceContext } from '../resource-context.ts';
import type { Acquisition, PoolSource, PoolTally } from './pool-tally.ts';

// biome-ignore lint/suspicious/noExplicitAny: pools whose types are not ours
export type Any = any;

/** On whose behalf a pool hands over a connection. */
export interface Handover {
  readonly context: ResourceContext;
  /** At this moment; `undefined` when it hands over none. */
  asking: Asking | undefined;
}

/** Where the figures of one pool go. */
export interface PoolSinks {
  readonly pool: PoolTally;
  /** Queries through the pool; made when a pool of a database is watched. */
  readonly database: (system: string) => DatabaseTally;
  readonly context: ResourceContext;
}

/** How one kind of pool is recognised, named and watched. */
export interface PoolKind {
  readonly system: string;
  matches(target: Any): boolean;
  /** From its configuration: `localhost:5432/app`; `undefined` where it has none. */
  nameOf(target: Any): string | undefined;
  watch(target: Any, sinks: PoolSinks): () => void;
}

/** A pool that is read as long as somebody else holds it. */
export function sourceOf(target: object, read: (pool: Any) => ReturnType<PoolSource>): PoolSource {
  const reference = new WeakRef(target);
  return () => {
    const pool = reference.deref();
    return pool === undefined ? undefined : read(pool);
  };
}

/** `localhost:5432/app`, from the options of a client. */
export function nameFrom(options: Any, defaultPort: number): string | undefined {
  if (typeof options?.host !== 'string' && typeof options?.database !== 'string') return undefined;
  const { host = 'localhost', port = defaultPort, database = '' } = options;
  return `${host}:${port}${database === '' ? '' : `/${database}`}`;
}

/**
 * Replaces a method that answers by a callback in the last place or by a promise.
 *
 * @param handover learns who had asked while a callback runs, which may be in the context of somebody else
 */
export function acquiring(
  begin: () => Acquisition,
  settle: (acquisition: Acquisition, error: unknown, resource: unknown) => void,
  handover?: Handover,
): (original: Method) => Method {
  // What a library hands back to its own method after waiting is the same request, not a second one.
  const ours = new WeakSet<object>();
  return (original: Method): Method =>
    function (this: unknown, ...args: Any[]) {
      const callback = args.at(-1);
      if (typeof callback === 'function' && ours.has(callback)) return original.apply(this, args);
      const acquisition = begin();
      if (typeof callback !== 'function') {
        return observeResult(
          original.apply(this, args),
          (resource) => settle(acquisition, undefined, resource),
          (error) => settle(acquisition, error, undefined),
        );
      }
      const asking = handover === undefined ? undefined : askingNow(handover.context);
      const answered = function (this: unknown, error: unknown, ...rest: unknown[]): unknown {
        quietly(() => settle(acquisition, error, rest[0]));
        if (handover === undefined) return callback.call(this, error, ...rest);
        const outer = handover.asking;
        handover.asking = asking;
        try {
          return callback.call(this, error, ...rest);
        } finally {
          handover.asking = outer;
        }
      };
      ours.add(answered);
      return original.apply(this, [...args.slice(0, -1), answered]);
    };
}

/** Sees the events of an emitter without being a listener: a listener for `error` would change what an error does. */
export function emitting(
  seen: (event: unknown, first: unknown, second: unknown) => void,
): (original: Method) => Method {
  return (original) =>
    function (this: unknown, ...args) {
      quietly(() => seen(args[0], args[1], args[2]));
      return original.apply(this, args);
    };
}

/** How long connections are lent out. */
export function lending(sinks: PoolSinks): { lent(resource: unknown): void; returned(resource: unknown): void } {
  const since = new WeakMap<object, number>();
  return {
    lent: (resource) => void since.set(resource as object, sinks.context.now()),
    returned(resource) {
      const from = since.get(resource as object);
      if (from === undefined) return;
      since.delete(resource as object);
      sinks.pool.useTime.record((sinks.context.now() - from) / 1000);
    },
  };
}
