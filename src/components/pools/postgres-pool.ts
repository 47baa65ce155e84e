import { watchPgClient } from '../databases/postgres-client.ts';
import { hasMethods, type Method, quietly, replaceMethod, undoAll } from '../replace-method.ts';
import type { Classified } from '../time/classify-http.ts';
import { databaseOf } from '../time/classify-span.ts';
import {
  type Any,
  acquiring,
  emitting,
  type Handover,
  lending,
  nameFrom,
  type PoolKind,
  sourceOf,
} from './pool-kind.ts';

function connectionStringName(text: unknown): string | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined;
  const { hostname, port, pathname } = new URL(text);
  return `${hostname}:${port || '5432'}${pathname === '/' ? '' : pathname}`;
}

/** The database behind a pool, named as its queries are; `undefined` where only a connection knows its name. */
function componentOf({ options }: Any): Classified | undefined {
  const text: unknown = options?.connectionString;
  const name = typeof text === 'string' && URL.canParse(text) ? new URL(text).pathname.slice(1) : options?.database;
  return typeof name === 'string' && name !== '' ? databaseOf('postgresql', name) : undefined;
}

/** `pg` (node-postgres): the pool, and the queries of every connection it opens. */
export const pg: PoolKind = {
  system: 'pg',
  matches: (pool) =>
    hasMethods(pool, 'connect', 'query', 'end', 'emit') &&
    typeof pool.waitingCount === 'number' &&
    typeof pool.totalCount === 'number',
  nameOf: ({ options }) => connectionStringName(options?.connectionString) ?? nameFrom(options, 5432),
  watch(target, sinks) {
    const database = sinks.database('postgresql');
    const { lent, returned } = lending(sinks);
    const handover: Handover = { context: sinks.context, asking: undefined };
    const opened = new WeakMap<object, number>();
    const clients = new Map<unknown, () => void>();
    const watchClient = (client: object): void => {
      clients.set(
        client,
        watchPgClient(client, database, () => handover.asking),
      );
    };
    const onEvent = (event: unknown, first: unknown, second: unknown): void => {
      if (event === 'connect') {
        const from = opened.get(first as object);
        if (from !== undefined) sinks.pool.createTime.record((sinks.context.now() - from) / 1000);
        watchClient(first as object);
      } else if (event === 'acquire') lent(first);
      else if (event === 'release') returned(second);
      else if (event === 'remove') clients.delete(first);
      else if (event === 'error') sinks.pool.failed(first);
    };
    const newClient = (original: Method): Method =>
      function (this: Any, ...args) {
        const result = original.apply(this, args);
        quietly(() => opened.set(this._clients.at(-1), sinks.context.now()));
        return result;
      };
    for (const client of target._clients ?? []) watchClient(client);
    const { max } = target.options ?? {};
    const component = componentOf(target);
    const isFull = (): boolean => target.idleCount === 0 && target.totalCount >= (max ?? Number.POSITIVE_INFINITY);
    return undoAll([
      sinks.pool.addSource(
        sourceOf(target, (pool) =>
          pool.ended === true
            ? undefined
            : {
                used: pool.totalCount - pool.idleCount,
                idle: pool.idleCount,
                pending: pool.waitingCount,
                max: pool.options?.max,
              },
        ),
      ),
      replaceMethod(target, 'emit', emitting(onEvent)),
      replaceMethod(target, 'newClient', newClient),
      replaceMethod(
        target,
        'connect',
        acquiring(
          () => sinks.pool.begin(isFull(), component),
          (acquisition, error) => sinks.pool.end(acquisition, error),
          handover,
        ),
      ),
      () => {
        for (const undo of clients.values()) undo();
      },
    ]);
  },
};
