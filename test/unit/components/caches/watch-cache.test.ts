import Keyv from 'keyv';
import { LRUCache } from 'lru-cache';
import { describe, expect, it } from 'vitest';
import { CacheRecorder } from '../../../../src/core/recorders.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { toolNamed, watched } from '../../../support/resources.ts';
import { verifies } from '../../../support/verifies.ts';

describe('a watched lru-cache', () => {
  verifies('RES-02');

  it('has its hits, misses, evictions and entries counted, and answers as before', () => {
    const all = watched();
    const cache = new LRUCache<string, number>({ max: 2 });
    all.caches.watch('answers', cache);
    cache.set('a', 1).set('b', 2);
    expect(cache.get('a')).toBe(1);
    expect(cache.get('nothing')).toBeUndefined();
    cache.set('c', 3);
    cache.set('c', 4);
    cache.delete('c');
    expect(cache.get('b')).toBeUndefined();
    const [snapshot] = all.caches.tallies.all().map((tally) => tally.snapshot());
    expect(snapshot).toMatchObject({ name: 'answers', hits: 1, misses: 2, failures: 0, evictions: 1, entries: 1 });
  });

  it('counts what it fetched or computed as a miss, what it had as a hit, what failed as a failure, each once', async () => {
    const all = watched();
    const cache = new LRUCache<string, string>({
      max: 10,
      fetchMethod: (key) => (key === 'bad' ? Promise.reject(new Error('no such thing')) : Promise.resolve(key)),
      memoMethod: (key) => key,
    });
    all.caches.watch('answers', cache);
    expect(await cache.fetch('a')).toBe('a');
    expect(await cache.fetch('a')).toBe('a');
    await expect(cache.fetch('bad')).rejects.toThrow('no such thing');
    expect([cache.memo('m'), cache.memo('m')]).toEqual(['m', 'm']);
    const [snapshot] = all.caches.tallies.all().map((tally) => tally.snapshot());
    expect(snapshot).toMatchObject({ hits: 2, misses: 2, failures: 1 });
  });

  it('counts entries that are dropped for their age', () => {
    let nowMs = 1;
    const all = watched();
    const cache = new LRUCache<string, number>({ max: 5, ttl: 10, ttlResolution: 0, perf: { now: () => nowMs } });
    all.caches.watch('answers', cache);
    cache.set('a', 1);
    nowMs = 100;
    expect(cache.get('a')).toBeUndefined();
    expect(all.caches.tallies.all()[0]?.snapshot()).toMatchObject({ misses: 1, evictions: 1, entries: 0 });
  });

  it('is as it was once the watching ends', () => {
    const all = watched();
    const cache = new LRUCache<string, number>({ max: 2 });
    const before = Object.getOwnPropertyNames(cache);
    const unwatch = all.caches.watch('answers', cache);
    expect(Object.getOwnPropertyNames(cache)).not.toEqual(before);
    unwatch?.();
    unwatch?.();
    expect(Object.getOwnPropertyNames(cache)).toEqual(before);
    cache.get('a');
    expect(all.caches.tallies.all()[0]).toMatchObject({ hits: 0, misses: 0 });
  });

  it('keeps a replacement that somebody put over ours, and counts no more once the watching ends', () => {
    const all = watched();
    const cache = new Map([['a', 1]]);
    const unwatch = all.caches.watch('map', cache);
    const ours = cache.get;
    let seen = 0;
    cache.get = function (this: Map<string, number>, key) {
      seen += 1;
      return ours.call(this, key);
    };
    unwatch?.();
    expect(cache.get('a')).toBe(1);
    expect(seen).toBe(1);
    expect(all.caches.tallies.all()[0]?.hits).toBe(0);
  });
});

describe('an lru-cache that nobody watches', () => {
  verifies('RES-02');

  it('is found by what it publishes as soon as an operation asks it', async () => {
    const all = watched();
    const end = all.followCaches();
    try {
      const [asked, internal, watchedToo] = [
        new LRUCache<string, string>({ max: 5, fetchMethod: async (key) => key }),
        new LRUCache<string, string>({ max: 5 }),
        new LRUCache<string, string>({ max: 5 }),
      ];
      all.caches.watch('mine', watchedToo);
      internal.get('a');
      all.asker = toolNamed('kb.search');
      asked.set('a', 'x');
      asked.get('a');
      asked.get('b');
      await asked.fetch('c');
      await asked.fetch('c');
      watchedToo.get('a');
      all.asker = undefined;
      expect(all.caches.tallies.all().map(({ name, hits, misses }) => [name, hits, misses])).toEqual([
        ['mine', 0, 1],
        ['lru-cache', 2, 2],
      ]);
      expect(all.caches.tallies.all()[1]?.snapshot().byOperation).toEqual([
        { operation: 'tools/call kb.search', hits: 2, misses: 2 },
      ]);
    } finally {
      end();
    }
    const later = new LRUCache<string, string>({ max: 5 });
    all.asker = toolNamed('kb.search');
    later.get('a');
    expect(all.caches.tallies.size).toBe(2);
  });
});

describe('a watched Keyv', () => {
  verifies('RES-02');

  it('has its look-ups counted by key, failing stores as failures', async () => {
    const all = watched();
    const cache = new Keyv();
    all.caches.watch('keyv', cache);
    await cache.set('a', 1);
    expect(await cache.get('a')).toBe(1);
    expect(await cache.get(['a', 'b'])).toEqual([1, undefined]);
    expect(all.caches.tallies.all()[0]?.snapshot()).toMatchObject({ hits: 2, misses: 1, failures: 0, entries: 1 });

    const broken = new Keyv({ store: brokenStore() });
    broken.on('error', () => {});
    all.caches.watch('broken', broken);
    await broken.get('a').catch(() => {});
    expect(all.caches.tallies.all()[1]?.snapshot()).toMatchObject({ hits: 0, misses: 0, failures: 1 });
  });
});

describe('a cache of one’s own', () => {
  verifies('RES-02');

  it('reports through three methods, per operation that asks', () => {
    const all = watched();
    const recorder = new CacheRecorder(() => 7);
    recorder.hit();
    all.caches.watch('own', recorder);
    all.asker = toolNamed('a');
    recorder.hit();
    recorder.miss();
    all.asker = toolNamed('b');
    recorder.failure();
    recorder.evicted(3);
    expect(all.caches.tallies.all()[0]?.snapshot()).toMatchObject({
      hits: 1,
      misses: 1,
      failures: 1,
      evictions: 3,
      entries: 7,
      byOperation: [
        { operation: 'tools/call a', hits: 1, misses: 1 },
        { operation: 'tools/call b', hits: 0, misses: 0 },
      ],
    });
  });

  it('counts a look-up for the operation that asked, whoever runs when the answer comes', async () => {
    const all = watched();
    const cache = { get: () => Promise.resolve('x'), set: () => {} };
    all.caches.watch('async', cache);
    all.asker = toolNamed('a');
    const answer = cache.get();
    all.asker = toolNamed('b');
    await answer;
    expect(all.caches.tallies.all()[0]?.snapshot().byOperation).toEqual([
      { operation: 'tools/call a', hits: 1, misses: 0 },
    ]);
  });

  it('throws and rejects what it threw and rejected, and nobody is told that a rejection was handled', async () => {
    const all = watched();
    const error = new Error('gone');
    const cache = {
      get(key: string) {
        if (key === 'sync') throw error;
        return Promise.reject(error);
      },
      set() {},
    };
    all.caches.watch('failing', cache);
    expect(() => cache.get('sync')).toThrow(error);
    await expect(cache.get('async')).rejects.toBe(error);
    const unhandled = new Promise((resolve) => process.once('unhandledRejection', resolve));
    void cache.get('nobody waits');
    expect(await unhandled).toBe(error);
    expect(all.caches.tallies.all()[0]?.failures).toBe(3);
  });

  it('of no known kind is left alone and named once', () => {
    const all = watched();
    expect(all.caches.watch('odd', { lookup() {} })).toBeUndefined();
    expect(all.lines).toEqual([expect.stringContaining('the cache "odd" is of no known kind')]);
    expect(all.caches.tallies.size).toBe(0);
  });
});

describe('the hit ratio', () => {
  verifies('RES-02');

  it('is that of the last minute: an idle minute leaves none', () => {
    const clock = new FakeClock();
    const all = watched({ now: () => clock.now() });
    const recorder = new CacheRecorder();
    all.caches.watch('own', recorder);
    const read = () => all.caches.tallies.all()[0]?.snapshot();
    for (let lookup = 0; lookup < 4; lookup++) lookup === 0 ? recorder.miss() : recorder.hit();
    expect(read()).toMatchObject({ hitRatio: 0.75, recentLookups: 4 });
    clock.advance(30_000);
    recorder.miss();
    expect(read()).toMatchObject({ hitRatio: 0.6, recentLookups: 5 });
    clock.advance(35_000);
    expect(read()).toMatchObject({ hitRatio: 0, recentLookups: 1 });
    clock.advance(60_000);
    expect(read()).toMatchObject({ hitRatio: undefined, recentLookups: 0, hits: 3, misses: 2 });
  });
});

describe('bounds', () => {
  it('hold for caches and for the operations told apart per cache; the rest shares _OTHER', () => {
    const all = watched({ limit: 2 });
    const recorders = ['a', 'b', 'c', 'd'].map((name) => {
      const recorder = new CacheRecorder();
      all.caches.watch(name, recorder);
      return recorder;
    });
    for (const recorder of recorders) recorder.hit();
    expect(all.caches.tallies.all().map(({ name, hits }) => [name, hits])).toEqual([
      ['a', 1],
      ['b', 1],
      ['_OTHER', 2],
    ]);
    for (let tool = 0; tool < 80; tool++) {
      all.asker = toolNamed(`t${tool}`);
      recorders[0]?.miss();
    }
    const byOperation = all.caches.tallies.all()[0]?.snapshot().byOperation ?? [];
    expect(byOperation.length).toBeLessThanOrEqual(51);
    expect(byOperation.reduce((sum, { misses }) => sum + misses, 0)).toBe(80);
    expect(byOperation.at(-1)).toMatchObject({ operation: '_OTHER' });
  });
});

function brokenStore(): Map<string, unknown> {
  const store = new Map<string, unknown>();
  store.get = () => {
    throw new Error('the store is gone');
  };
  return store;
}
