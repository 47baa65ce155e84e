import { createCache } from 'cache-manager';
import { Cacheable, CacheableMemory } from 'cacheable';
import Keyv from 'keyv';
import { describe, expect, it } from 'vitest';
import type { CacheSnapshot } from '../../../../src/core/model/component.ts';
import { toolNamed, type Watched, watched } from '../../../support/resources.ts';
import { verifies } from '../../../support/verifies.ts';

function figures({ caches }: Watched): CacheSnapshot | undefined {
  return caches.tallies.all()[0]?.snapshot();
}

/** A store that answers from a map until it is broken. */
function breakableStore(): Map<string, unknown> & { broken: boolean } {
  const store = Object.assign(new Map<string, unknown>(), { broken: false });
  const { get } = store;
  store.get = (key) => {
    if (store.broken) throw new Error('connection lost');
    return get.call(store, key);
  };
  return store;
}

describe('a watched CacheableMemory', () => {
  verifies('RES-02');

  it('has its look-ups counted once each, and what its bound and its age drop', async () => {
    const all = watched();
    const cache = new CacheableMemory({ lruSize: 2, useClone: false });
    const unwatch = all.caches.watch('answers', cache);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.set('b', 3);
    expect(cache.get('a')).toBe(1);
    expect(cache.get('nothing')).toBeUndefined();
    expect(cache.getMany(['a', 'nothing'])).toEqual([1, undefined]);
    cache.set('c', 3);
    expect([cache.has('b'), cache.has('c')]).toEqual([false, true]);
    expect(figures(all)).toMatchObject({ hits: 2, misses: 2, failures: 0, evictions: 1, entries: 2 });
    cache.set('soon', 4, 1);
    await expect.poll(() => cache.has('soon')).toBe(false);
    expect(cache.get('soon')).toBeUndefined();
    expect(figures(all)).toMatchObject({ hits: 2, misses: 3, entries: 1 });
    unwatch?.();
    cache.get('c');
    expect(figures(all)).toMatchObject({ hits: 2, misses: 3 });
  });
});

describe('a watched Cacheable', () => {
  verifies('RES-02');

  it('counts a look-up once, whichever level answers and whichever method asks', async () => {
    const all = watched();
    const secondary = new Keyv();
    const cache = new Cacheable({ secondary });
    all.caches.watch('answers', cache);
    all.asker = toolNamed('kb.search');
    await cache.set('a', 1);
    await secondary.set('second', 2);
    expect([await cache.get('a'), await cache.get('second'), await cache.get('nothing')]).toEqual([1, 2, undefined]);
    expect(await cache.getMany(['a', 'nothing'])).toEqual([1, undefined]);
    expect(await cache.getOrSet('made', async () => 5)).toBe(5);
    expect(await cache.getOrSet('made', async () => 6)).toBe(5);
    const square = cache.wrap(async (n: number) => n * n, { keyPrefix: 'square' });
    expect([await square(3), await square(3)]).toEqual([9, 9]);
    expect(figures(all)).toMatchObject({
      hits: 5,
      misses: 4,
      failures: 0,
      byOperation: [{ operation: 'tools/call kb.search', hits: 5, misses: 4 }],
    });
  });

  it('counts what a broken level keeps to itself as a failure, not as a miss', async () => {
    const all = watched();
    const store = breakableStore();
    const cache = new Cacheable({ primary: new Keyv({ store }) });
    cache.on('error', () => {});
    all.caches.watch('answers', cache);
    await cache.set('a', 1);
    expect(await cache.get('a')).toBe(1);
    store.broken = true;
    expect(await cache.get('a')).toBeUndefined();
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, undefined]);
    store.broken = false;
    expect(await cache.get('a')).toBe(1);
    expect(figures(all)).toMatchObject({ hits: 2, misses: 0, failures: 2, entries: 1 });
  });
});

describe('a watched cache of cache-manager', () => {
  verifies('RES-02');

  it('counts get, mget and wrap once each: what wrap has to make is a miss, what it refreshes a hit', async () => {
    const all = watched();
    const cache = createCache({ stores: [new Keyv(), new Keyv()], ttl: 60_000 });
    const unwatch = all.caches.watch('answers', cache);
    await cache.set('a', 1);
    expect([await cache.get('a'), await cache.get('nothing')]).toEqual([1, undefined]);
    expect(await cache.mget(['a', 'nothing', 'a'])).toEqual([1, undefined, 1]);
    expect(figures(all)).toMatchObject({ hits: 3, misses: 2 });
    expect(await cache.wrap('made', async () => 5)).toBe(5);
    expect(await cache.wrap('made', async () => 6)).toBe(5);
    expect(figures(all)).toMatchObject({ hits: 4, misses: 3 });
    const refreshed = cache.wrap('made', async () => 5, { refreshThreshold: 120_000 });
    expect(await refreshed).toBe(5);
    expect(figures(all)).toMatchObject({ hits: 5, misses: 3 });
    const slow = (): Promise<number> => new Promise((resolve) => setTimeout(resolve, 5, 7));
    expect(await Promise.all([cache.wrap('shared', slow), cache.wrap('shared', slow)])).toEqual([7, 7]);
    await expect(cache.wrap('bad', () => Promise.reject(new Error('no such thing')))).rejects.toThrow('no such thing');
    expect(figures(all)).toMatchObject({ hits: 6, misses: 5, failures: 0 });
    unwatch?.();
    await cache.get('a');
    expect(figures(all)).toMatchObject({ hits: 6 });
  });

  it('counts what a broken store keeps to itself as a failure', async () => {
    const all = watched();
    const store = breakableStore();
    const keyv = new Keyv({ store });
    keyv.on('error', () => {});
    const cache = createCache({ stores: [keyv] });
    all.caches.watch('answers', cache);
    await cache.set('a', 1);
    store.broken = true;
    expect(await cache.get('a')).toBeUndefined();
    store.broken = false;
    expect(await cache.get('a')).toBe(1);
    expect(figures(all)).toMatchObject({ hits: 1, misses: 0, failures: 1, entries: 1 });
  });
});
