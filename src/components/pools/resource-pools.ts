import { hasMethods, type Method, quietly, replaceMethod, undoAll } from '../replace-method.ts';
import { acquiring, emitting, lending, type PoolKind, sourceOf } from './pool-kind.ts';
import type { Acquisition } from './pool-tally.ts';

/** `generic-pool`. */
export const genericPool: PoolKind = {
  system: 'generic-pool',
  matches: (pool) =>
    hasMethods(pool, 'acquire', 'release', 'drain') &&
    typeof pool.borrowed === 'number' &&
    typeof pool.available === 'number',
  nameOf: () => undefined,
  watch(target, sinks) {
    const { lent, returned } = lending(sinks);
    const giveBack = (original: Method): Method =>
      function (this: unknown, ...args) {
        quietly(() => returned(args[0]));
        return original.apply(this, args);
      };
    return undoAll([
      sinks.pool.addSource(
        sourceOf(target, (pool) => ({
          used: pool.borrowed,
          idle: pool.available,
          pending: pool.pending,
          max: pool.max,
        })),
      ),
      replaceMethod(
        target,
        'acquire',
        acquiring(
          () => sinks.pool.begin(target.available === 0 && target.spareResourceCapacity < 1),
          (acquisition, error, resource) => {
            sinks.pool.end(acquisition, error);
            if (error === undefined) lent(resource);
          },
        ),
      ),
      replaceMethod(target, 'release', giveBack),
      replaceMethod(target, 'destroy', giveBack),
      replaceMethod(
        target,
        'emit',
        emitting((event, error) => {
          if (event === 'factoryCreateError') sinks.pool.failed(error);
        }),
      ),
    ]);
  },
};

/** `tarn`, which tells everything by events of its own; Knex uses it. */
export const tarn: PoolKind = {
  system: 'tarn',
  matches: (pool) => hasMethods(pool, 'acquire', 'release', 'numUsed', 'numFree', 'numPendingAcquires', 'on'),
  nameOf: () => undefined,
  watch(target, sinks) {
    const { lent, returned } = lending(sinks);
    const acquisitions = new Map<unknown, Acquisition>();
    const creations = new Map<unknown, number>();
    const ended = (id: unknown, error: unknown): void => {
      const acquisition = acquisitions.get(id);
      acquisitions.delete(id);
      if (acquisition !== undefined) sinks.pool.end(acquisition, error);
    };
    const listeners: Record<string, (first: unknown, second: unknown) => void> = {
      acquireRequest: (id) => {
        const full = target.numFree() === 0 && target.numUsed() + target.numPendingCreates() >= target.max;
        acquisitions.set(id, sinks.pool.begin(full));
      },
      acquireSuccess: (id, resource) => {
        ended(id, undefined);
        lent(resource);
      },
      acquireFail: ended,
      release: returned,
      createRequest: (id) => void creations.set(id, sinks.context.now()),
      createSuccess: (id) => {
        const from = creations.get(id);
        creations.delete(id);
        if (from !== undefined) sinks.pool.createTime.record((sinks.context.now() - from) / 1000);
      },
      createFail: (id, error) => {
        creations.delete(id);
        sinks.pool.failed(error);
      },
    };
    const guarded = Object.entries(listeners).map(([event, listener]) => {
      const handler = (first: unknown, second: unknown): void => quietly(() => listener(first, second));
      target.on(event, handler);
      return () => target.removeListener(event, handler);
    });
    return undoAll([
      sinks.pool.addSource(
        sourceOf(target, (pool) =>
          pool.destroyed === true
            ? undefined
            : { used: pool.numUsed(), idle: pool.numFree(), pending: pool.numPendingAcquires(), max: pool.max },
        ),
      ),
      ...guarded,
    ]);
  },
};
