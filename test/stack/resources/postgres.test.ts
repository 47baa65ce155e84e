import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { toolNamed, type Watched, watched } from '../../support/resources.ts';
import { verifies } from '../../support/verifies.ts';

/** One server for the file; a test that kills it starts it again. */
let server: Postgres | undefined;
let unavailable: Error | undefined;
beforeAll(async () => {
  try {
    server = await startPostgres();
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    unavailable = error as Error;
    process.stderr.write(`NOT TESTED: pools of Postgres: ${unavailable.message}\n`);
  }
});
afterAll(() => server?.stop());

let all: Watched;
beforeEach((context) => {
  if (unavailable !== undefined) context.skip(unavailable.message);
  all = watched({ slow: { thresholdMs: 0, statements: true } });
});

function openPool(options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ ...server?.connection, max: 2, idleTimeoutMillis: 60_000, ...options });
  // What an application without one does is another test.
  pool.on('error', () => {});
  return pool;
}

const poolNow = () => all.pools.tallies.all()[0]!.snapshot();
const databaseNow = () => all.databases.tallies.all()[0]!.snapshot();

describe('a pool of Postgres', () => {
  verifies('RES-03');

  it('is named after its configuration, and shows what is used, idle and waiting while a lock holds it', async () => {
    const pool = openPool();
    all.pools.watch(undefined, pool);
    await pool.query('CREATE TABLE IF NOT EXISTS held (id int)');
    const holder = await pool.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE held IN ACCESS EXCLUSIVE MODE');
    const blocked = pool.query('SELECT count(*) FROM held');
    const waiting = pool.query('SELECT 1');
    await expect.poll(() => poolNow()).toMatchObject({ used: 2, idle: 0, pending: 1, max: 2 });
    expect(poolNow()).toMatchObject({
      name: `127.0.0.1:${server?.port}/postgres`,
      system: 'pg',
      timeouts: 0,
      errors: 0,
    });
    await expect.poll(() => poolNow().exhaustedSeconds).toBeGreaterThan(0);
    await holder.query('COMMIT');
    holder.release();
    await Promise.all([blocked, waiting]);
    const after = poolNow();
    expect(after).toMatchObject({ used: 0, idle: 2, pending: 0 });
    // Time stands still once nobody waits.
    expect(poolNow().exhaustedSeconds).toBe(after.exhaustedSeconds);
    const tally = all.pools.tallies.all()[0]!;
    expect([tally.waitTime.count, tally.useTime.count, tally.createTime.count]).toEqual([4, 4, 2]);
    await pool.end();
    expect(poolNow()).toMatchObject({ used: 0, idle: 0, max: undefined });
  });

  it('counts requests that were given up for waiting too long, apart from errors', async () => {
    const pool = openPool({ max: 1, connectionTimeoutMillis: 50 });
    all.pools.watch('orders', pool);
    const holder = await pool.connect();
    await expect(pool.query('SELECT 1')).rejects.toThrow('timeout exceeded');
    expect(poolNow()).toMatchObject({ name: 'orders', timeouts: 1, errors: 0, used: 1 });
    holder.release();
    await pool.end();
  });

  it('counts connections that cannot be opened and queries that fail, by code, when the server dies mid-run, and goes on', async () => {
    const pool = openPool();
    all.pools.watch('orders', pool);
    await pool.query('SELECT 1');
    await server?.kill();
    await expect(pool.query('SELECT 1')).rejects.toThrow();
    await expect(pool.query('SELECT 1')).rejects.toThrow();
    const tally = all.pools.tallies.all()[0]!;
    expect(tally.errorTypes.get('ECONNREFUSED')).toBeGreaterThanOrEqual(1);
    expect(tally.errors).toBe([...tally.errorTypes.values()].reduce((sum, count) => sum + count, 0));
    await server?.restart();
    expect((await pool.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
    expect(poolNow()).toMatchObject({ used: 0, idle: 1 });
    await pool.end();
  });

  it('still crashes an application that does not listen for errors of idle connections', async () => {
    const pool = new pg.Pool({ ...server?.connection, max: 1 });
    all.pools.watch('orders', pool);
    const client = await pool.connect();
    client.release();
    expect(pool.listenerCount('error')).toBe(0);
    expect(() => pool.emit('error', new Error('idle'), client)).toThrow('idle');
    expect(poolNow().errors).toBe(1);
    await pool.end();
  });

  it('gives the same results by promise, by callback and through a client, and is put back in place', async () => {
    const pool = openPool();
    const before = Object.getOwnPropertyNames(pool).sort();
    const unwatch = all.pools.watch('orders', pool);
    const [byPromise, byCallback] = await Promise.all([
      pool.query('SELECT $1::int AS n', [1]),
      new Promise((resolve, reject) =>
        pool.query('SELECT 2 AS n', (error, result) => (error ? reject(error) : resolve(result))),
      ),
    ]);
    expect([byPromise.rows, (byCallback as pg.QueryResult).rows]).toEqual([[{ n: 1 }], [{ n: 2 }]]);
    const viaClient = await new Promise((resolve, reject) =>
      pool.connect((error, client, release) => {
        if (error !== undefined || client === undefined) return reject(error);
        client.query({ text: 'SELECT 3 AS n' }).then((result) => {
          release();
          resolve(result.rows);
        }, reject);
      }),
    );
    expect(viaClient).toEqual([{ n: 3 }]);
    expect(databaseNow().queries).toEqual([
      { operation: 'SELECT', count: 3, errors: 0, totalSeconds: expect.any(Number) },
    ]);
    unwatch?.();
    await pool.query('SELECT 4');
    expect(databaseNow().queries[0]?.count).toBe(3);
    expect(Object.getOwnPropertyNames(pool).sort()).toEqual(before);
    await pool.end();
  });
});

describe('queries of Postgres', () => {
  verifies('RES-03');

  it('are timed by operation with errors by code, through pools and without', async () => {
    const client = new pg.Client(server?.connection);
    all.databases.watch('app', client);
    await client.connect();
    await client.query('CREATE TEMP TABLE t (id int PRIMARY KEY)');
    await client.query('INSERT INTO t VALUES (1), (2)');
    await client.query('WITH one AS (SELECT 1) SELECT * FROM t, one');
    await expect(client.query('INSERT INTO t VALUES (1)')).rejects.toThrow('duplicate key');
    const { queries } = databaseNow();
    expect(queries.map(({ operation, count, errors }) => [operation, count, errors])).toEqual([
      ['CREATE', 1, 0],
      ['INSERT', 2, 1],
      ['SELECT', 1, 0],
    ]);
    const failed = [...all.databases.tallies.all()[0]!.series()].find(({ errorType }) => errorType !== '');
    expect(failed).toMatchObject({ operation: 'INSERT', errorType: '23505' });
    await client.end();
  });

  it('leave the text of slow ones without its literals, with the operation that asked, and their plan on request', async () => {
    const pool = openPool();
    all.pools.watch('app', pool);
    await pool.query('CREATE TABLE IF NOT EXISTS people (id int PRIMARY KEY, name text)');
    all.asker = toolNamed('people.find');
    await pool.query("SELECT name, pg_sleep(0.02) FROM (VALUES ('secret', 42)) AS v (name, age) WHERE name = $1", [
      'x',
    ]);
    await pool.query('SELECT name FROM people WHERE id = $1', [7]);
    const slow = databaseNow().slowQueries;
    // Durations may have any digits.
    const text = JSON.stringify(slow, (_, value: unknown) => (typeof value === 'number' ? 0 : value));
    expect(text).not.toMatch(/secret|42/);
    const byId = slow.find(({ statement }) => statement?.includes('FROM people'));
    expect(byId).toMatchObject({
      operation: 'SELECT',
      statement: 'SELECT name FROM people WHERE id = $1',
      askedBy: 'tools/call people.find',
    });
    const plan = await all.databases.explain('app', byId?.id ?? '');
    expect(JSON.stringify(plan)).toContain('"Relation Name":"people"');
    await expect(all.databases.explain('app', 'DELETE FROM people')).rejects.toThrow('only one statement that reads');
    await expect(
      all.databases.explain('app', 'WITH gone AS (DELETE FROM people RETURNING 1) SELECT 1'),
    ).rejects.toThrow('reads');
    await expect(all.databases.explain('app', 'SELECT 1; DROP TABLE people')).rejects.toThrow('reads');
    await expect(all.databases.explain('app', 'SELECT nothing FROM nowhere')).rejects.toThrow('did not explain');
    expect((await pool.query('SELECT count(*)::int AS n FROM pg_prepared_statements')).rows).toEqual([{ n: 0 }]);
    await pool.end();
  });

  it('tell how often a prepared statement was reused, and Postgres how often its plan was', async () => {
    const pool = openPool({ max: 1 });
    all.pools.watch('app', pool);
    for (let id = 0; id < 8; id++) await pool.query({ name: 'find', text: 'SELECT $1::int AS n', values: [id] });
    expect(databaseNow().prepared).toEqual({ parsed: 1, reused: 7 });
    const figures = await all.databases.planCache('app');
    expect(figures.statements).toBe(1);
    expect(figures.genericPlans + figures.customPlans).toBe(8);
    expect(figures.genericPlans).toBeGreaterThan(0);
    await pool.end();
  });
});
