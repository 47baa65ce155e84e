import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import pg from 'pg';
import { expect, it } from 'vitest';
import type { CallPlace } from '../../src/components/time/call-reporter.ts';
import type { Call } from '../../src/core/call-log.ts';
import { toolNamed, watched } from '../support/resources.ts';

type Done = (error: Error | null, result?: unknown) => void;

const waiting: (() => void)[] = [];

/** A connection that answers when it is told to. */
class Connection extends EventEmitter {
  readonly database = 'shop';
  readonly _queryable = true;
  connect(done: Done): void {
    setImmediate(done, null);
  }
  query(_text: string, _values: unknown, done: Done): void {
    waiting.push(() => done(null, { rows: [] }));
  }
  end(): void {}
}

// A pool hands a connection over within the call that gives it back, which is in the context of somebody else.
it('a query that waited for a connection belongs to the operation that asked for it, for slow queries and for component time', async () => {
  const reported: string[] = [];
  const places = new AsyncLocalStorage<string>();
  const all = watched({
    slow: { thresholdMs: 0 },
    calls: {
      place: () => ({ tool: places.getStore() }),
      begin({ name }, source, calls, place: CallPlace = {}) {
        if (calls !== 0) reported.push(`${name} ${source} ${(place as { tool?: string }).tool}`);
        return { call: {} as Call, end: () => {} };
      },
    },
  });
  const Client = Connection as unknown as typeof pg.Client;
  const pool = new pg.Pool({ Client, max: 1, database: 'shop' });
  all.pools.watch('shop', pool);
  const query = (tool: string, text: string): Promise<unknown> =>
    places.run(tool, () => {
      all.asker = toolNamed(tool);
      return pool.query(text);
    });
  const [first, second] = [query('one', 'SELECT 1'), query('two', 'DELETE FROM carts')];
  all.asker = toolNamed('one');
  await expect.poll(() => waiting.length).toBe(1);
  waiting.pop()?.();
  await first;
  await expect.poll(() => waiting.length).toBe(1);
  waiting.pop()?.();
  await second;
  expect(reported).toEqual(['postgresql/shop channel one', 'postgresql/shop channel two']);
  const { slowQueries } = all.databases.tallies.all()[0]!.snapshot();
  expect(slowQueries.map(({ operation, askedBy }) => `${operation}: ${askedBy}`).sort()).toEqual([
    'DELETE: tools/call two',
    'SELECT: tools/call one',
  ]);
});
