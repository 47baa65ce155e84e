import { hasMethods, quietly, replaceMethod, undoAll } from '../replace-method.ts';
import { type Any, acquiring, lending, nameFrom, type PoolKind, sourceOf } from './pool-kind.ts';

/** The pool of `mysql2`, or the one inside of the pool of `mysql2/promise`. */
const corePool = (target: Any): Any =>
  hasMethods(target, 'getConnection') && target._allConnections === undefined ? target.pool : target;

/** `mysql2`; its queries are known from its channels. */
export const mysql2: PoolKind = {
  system: 'mysql2',
  matches(target) {
    const pool = corePool(target);
    return (
      typeof pool === 'object' &&
      pool !== null &&
      hasMethods(pool, 'getConnection', 'emit') &&
      pool._allConnections !== undefined
    );
  },
  nameOf: (target) => nameFrom(corePool(target).config?.connectionConfig, 3306),
  watch(target, sinks) {
    const pool = corePool(target);
    const { lent, returned } = lending(sinks);
    const limit = pool.config?.connectionLimit || Number.POSITIVE_INFINITY;
    const isFull = (): boolean => pool._freeConnections.length === 0 && pool._allConnections.length >= limit;
    return undoAll([
      sinks.pool.addSource(
        sourceOf(pool, (core) => {
          if (core._closed === true) return undefined;
          const idle = core._freeConnections.length;
          const used = core._allConnections.length - idle;
          return { used, idle, pending: core._connectionQueue.length, max: core.config?.connectionLimit || undefined };
        }),
      ),
      replaceMethod(
        pool,
        'getConnection',
        acquiring(
          () => sinks.pool.begin(isFull()),
          (acquisition, error, connection) => {
            sinks.pool.end(acquisition, error);
            if (connection !== undefined && connection !== null) lent(connection);
          },
        ),
      ),
      replaceMethod(pool, 'releaseConnection', (original) => {
        return function (this: unknown, ...args) {
          quietly(() => returned(args[0]));
          return original.apply(this, args);
        };
      }),
    ]);
  },
};
