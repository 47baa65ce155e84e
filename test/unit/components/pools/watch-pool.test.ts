import { setTimeout as sleep } from 'node:timers/promises';
import { createPool as createGenericPool } from 'generic-pool';
import mysql from 'mysql2';
import { Pool as TarnPool } from 'tarn';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../support/fake-clock.ts';
import { watched } from '../../../support/resources.ts';
import { verifies } from '../../../support/verifies.ts';

interface Resource {
  id: number;
}

describe('a watched pool', () => {
  verifies('RES-03');

  it('of generic-pool shows used, idle, pending and max, wait, use and exhaustion, timeouts and errors', async () => {
    const clock = new FakeClock();
    const all = watched({ now: () => clock.now() });
    let broken = false;
    let id = 0;
    const create = (): Promise<Resource> =>
      broken ? sleep(5).then(() => Promise.reject(refused())) : Promise.resolve({ id: id++ });
    const pool = createGenericPool({ create, destroy: async () => {} }, { max: 1, acquireTimeoutMillis: 20 });
    all.pools.watch('tasks', pool);
    const read = () => all.pools.tallies.all()[0]!.snapshot();

    const first = await pool.acquire();
    const second = pool.acquire();
    clock.advance(3000);
    expect(read()).toMatchObject({ system: 'generic-pool', used: 1, idle: 0, pending: 1, max: 1, exhaustedSeconds: 3 });
    await pool.release(first);
    await pool.release(await second);
    expect(read()).toMatchObject({
      used: 0,
      idle: 1,
      pending: 0,
      exhaustedSeconds: 3,
      meanWaitSeconds: 1.5,
      meanUseSeconds: 1.5,
    });

    const held = await pool.acquire();
    await expect(pool.acquire()).rejects.toThrow('timed out');
    expect(read()).toMatchObject({ timeouts: 1, errors: 0 });
    await pool.destroy(held);
    broken = true;
    await expect(pool.acquire()).rejects.toThrow();
    expect(read().errors).toBeGreaterThan(0);
    expect(all.pools.tallies.all()[0]?.errorTypes.get('ECONNREFUSED')).toBe(read().errors);
    broken = false;
    await pool.drain();
    await pool.clear();
  });

  it('of tarn shows the same, from the events of the pool, which it no longer hears once the watching ends', async () => {
    const clock = new FakeClock();
    const all = watched({ now: () => clock.now() });
    const pool = new TarnPool<Resource>({
      create: async () => ({ id: 1 }),
      destroy: async () => {},
      min: 0,
      max: 1,
      acquireTimeoutMillis: 20,
    });
    const unwatch = all.pools.watch('knex', pool);
    const read = () => all.pools.tallies.all()[0]!.snapshot();
    const first = await pool.acquire().promise;
    const second = pool.acquire();
    clock.advance(2000);
    expect(read()).toMatchObject({ system: 'tarn', used: 1, idle: 0, pending: 1, max: 1, exhaustedSeconds: 2 });
    pool.release(first);
    pool.release(await second.promise);
    expect(read()).toMatchObject({ used: 0, idle: 1, pending: 0, exhaustedSeconds: 2, timeouts: 0 });
    expect(all.pools.tallies.all()[0]?.createTime.count).toBe(1);
    const held = await pool.acquire().promise;
    await expect(pool.acquire().promise).rejects.toThrow('timed out');
    expect(read()).toMatchObject({ timeouts: 1, errors: 0 });
    unwatch?.();
    pool.release(held);
    expect(all.pools.tallies.all()[0]?.useTime.count).toBe(2);
    await pool.destroy();
  });

  it.each(['mysql2', 'mysql2/promise'])(
    'of %s is recognised without a server, and counts what cannot be reached',
    async (way) => {
      const all = watched();
      const plain = mysql.createPool({ host: '127.0.0.1', port: 1, database: 'app', connectionLimit: 3 });
      const target = way === 'mysql2' ? plain : plain.promise();
      all.pools.watch(undefined, target);
      const error = await plain
        .promise()
        .getConnection()
        .then(
          () => undefined,
          (reason: { code?: string }) => reason,
        );
      expect(error?.code).toBe('ECONNREFUSED');
      const tally = all.pools.tallies.all()[0]!;
      expect(tally.snapshot()).toMatchObject({
        name: '127.0.0.1:1/app',
        system: 'mysql2',
        max: 3,
        pending: 0,
        timeouts: 0,
        errors: 1,
      });
      expect([...tally.errorTypes]).toEqual([['ECONNREFUSED', 1]]);
      await plain.promise().end();
      expect(tally.snapshot()).toMatchObject({ used: 0, max: undefined });
    },
  );

  it('of one’s own is read by a function, which may fail', () => {
    const all = watched();
    let reading = { used: 3, idle: 1, pending: 2, max: 4, timeouts: 5, errors: 6 };
    const unwatch = all.pools.watch('own', () => reading);
    all.pools.watch('own', () => ({ used: 1, idle: Number.NaN, pending: -1 }));
    expect(all.pools.tallies.all()[0]?.snapshot()).toMatchObject({
      used: 4,
      idle: 1,
      pending: 2,
      max: 4,
      timeouts: 5,
      errors: 6,
    });
    reading = { ...reading, used: 2 };
    expect(all.pools.tallies.all()[0]?.snapshot().used).toBe(3);
    unwatch?.();
    all.pools.watch('own', () => {
      throw new Error('closed');
    });
    expect(all.pools.tallies.all()[0]?.snapshot()).toMatchObject({ used: 1, max: undefined });
  });

  it('that was found by itself takes the name given in code', async () => {
    const all = watched();
    const pool = createGenericPool({ create: async () => ({ id: 1 }), destroy: async () => {} });
    all.pools.watch(undefined, pool);
    all.pools.watch(undefined, pool);
    all.pools.watch('tasks', pool);
    expect(all.pools.watch(undefined, pool)).toBeUndefined();
    await pool.release(await pool.acquire());
    const counts = all.pools.tallies.all().map(({ name, waitTime }) => [name, waitTime.count]);
    expect(counts).toEqual([
      ['generic-pool', 0],
      ['tasks', 1],
    ]);
    await pool.drain();
    await pool.clear();
  });
});

function refused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}
