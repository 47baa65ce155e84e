import { Redis as Ioredis } from 'ioredis';
import Keyv from 'keyv';
import { createClient } from 'redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Redis, startRedis } from '../../support/redis.ts';
import { toolNamed, type Watched, watched } from '../../support/resources.ts';
import { verifies } from '../../support/verifies.ts';

let server: Redis | undefined;
let unavailable: Error | undefined;
beforeAll(async () => {
  try {
    server = await startRedis();
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    unavailable = error as Error;
    process.stderr.write(`NOT TESTED: caches in Redis: ${unavailable.message}\n`);
  }
});
afterAll(() => server?.kill());

let all: Watched;
beforeEach((context) => {
  if (unavailable !== undefined) context.skip(unavailable.message);
  all = watched();
});

const figures = () =>
  all.caches.tallies.all().map(({ name, hits, misses, failures }) => ({ name, hits, misses, failures }));

async function openIoredis(): Promise<Ioredis> {
  const client = new Ioredis({
    port: server?.port ?? 0,
    host: '127.0.0.1',
    maxRetriesPerRequest: 0,
    retryStrategy: () => 50,
  });
  client.on('error', () => {});
  await client.ping();
  return client;
}

async function openNodeRedis() {
  const client = createClient({ socket: { host: '127.0.0.1', port: server?.port ?? 0 }, disableOfflineQueue: true });
  client.on('error', () => {});
  await client.connect();
  return client;
}

describe('a cache in Redis', () => {
  verifies('RES-02');

  it.each(['watched in place', 'found by what ioredis publishes'])(
    'with ioredis, %s: each look-up counts once',
    async (way) => {
      const end = all.followCaches();
      const client = await openIoredis();
      if (way === 'watched in place') all.caches.watch('ioredis', client);
      all.asker = toolNamed('kb.search');
      await client.set('a', '1');
      expect(await client.get('a')).toBe('1');
      expect(await client.get('nothing')).toBeNull();
      expect(await client.mget('a', 'nothing', 'a')).toEqual(['1', null, '1']);
      // The answer to a look-up in a transaction is that it waits for the others.
      expect(await client.multi().get('a').exec()).toEqual([[null, '1']]);
      const name = way === 'watched in place' ? 'ioredis' : `redis 127.0.0.1:${server?.port}/0`;
      expect(figures()).toEqual([{ name, hits: 3, misses: 2, failures: 0 }]);
      expect(all.caches.tallies.all()[0]?.snapshot().byOperation).toEqual([
        { operation: 'tools/call kb.search', hits: 3, misses: 2 },
      ]);
      end();
      client.disconnect();
    },
  );

  it.each(['watched in place', 'found by what node-redis publishes'])(
    'with node-redis, %s: each look-up counts once',
    async (way) => {
      const end = all.followCaches();
      const client = await openNodeRedis();
      if (way === 'watched in place') all.caches.watch('node-redis', client);
      await client.set('b', '1');
      expect(await client.get('b')).toBe('1');
      expect(await client.mGet(['b', 'nothing'])).toEqual(['1', null]);
      expect(figures()).toMatchObject([{ hits: 2, misses: 1, failures: 0 }]);
      end();
      client.destroy();
    },
  );

  it('that is killed mid-run fails, which is neither hit nor miss, and comes back', async () => {
    const end = all.followCaches();
    const [ioredis, nodeRedis] = [await openIoredis(), await openNodeRedis()];
    all.caches.watch('ioredis', ioredis);
    all.caches.watch('node-redis', nodeRedis);
    await Promise.all([ioredis.get('a'), nodeRedis.get('a')]);
    const before = figures();
    await server?.kill();
    await expect(ioredis.get('a')).rejects.toThrow();
    await expect(nodeRedis.get('a')).rejects.toThrow();
    expect(figures()).toEqual(before.map((cache) => ({ ...cache, failures: 1 })));
    await server?.restart();
    await expect.poll(() => ioredis.set('a', '1').catch(() => 'not yet')).toBe('OK');
    expect(await ioredis.get('a')).toBe('1');
    expect(all.caches.tallies.all()[0]).toMatchObject({ hits: (before[0]?.hits ?? 0) + 1, failures: 1 });
    end();
    ioredis.disconnect();
    nodeRedis.destroy();
  });

  it('behind a Keyv store that fails is a failure of Keyv too', async () => {
    const client = await openIoredis();
    const store = {
      get: (key: string) => client.get(key),
      set: async () => true,
      delete: async () => true,
      clear: async () => {},
    };
    const cache = new Keyv({ store });
    cache.on('error', () => {});
    all.caches.watch('keyv', cache);
    expect(await cache.get('nothing')).toBeUndefined();
    client.disconnect();
    expect(await cache.get('nothing')).toBeUndefined();
    expect(figures()).toEqual([{ name: 'keyv', hits: 0, misses: 1, failures: 1 }]);
  });
});
