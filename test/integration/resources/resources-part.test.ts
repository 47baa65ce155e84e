import { LRUCache } from 'lru-cache';
import { afterEach, describe, expect, it } from 'vitest';
import type { Asker } from '../../../src/components/resource-context.ts';
import { createDiag } from '../../../src/core/diag.ts';
import { createResourcesPart } from '../../../src/sdk/resources-part.ts';
import { vitals } from '../../../src/sdk/vitals.ts';
import { RESOURCE_STREAMS } from '../../../src/semconv/resource-streams.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { toolNamed } from '../../support/resources.ts';
import { verifies } from '../../support/verifies.ts';
import { load } from '../../unit/config/load.ts';

type Part = ReturnType<typeof createResourcesPart>;
let running: Part | undefined;
afterEach(() => running?.stop?.());

async function start(asker: () => Asker | undefined = () => undefined): Promise<Part> {
  const { values } = await load();
  running = createResourcesPart({ config: values, clock: new FakeClock(), diag: createDiag({ level: 'off' }), asker });
  running.start?.();
  return running;
}

/** Points as `stream{attributes} value`; a histogram shows how much it has seen. */
function lines(part: Part): string[] {
  return [...(part.series?.() ?? [])].flatMap(({ stream, points }) =>
    [...points].map(({ attributes, value }) => {
      const labels = Object.entries(attributes).map(([name, text]) => `${name}=${text}`);
      return `${stream}{${labels.join(',')}} ${typeof value === 'number' ? value : value.count}`;
    }),
  );
}

describe('what is watched from code', () => {
  verifies('RES-02', 'RES-03', 'RES-04');

  it('becomes streams of the table with their attributes and no others, and sections of the snapshot', async () => {
    const part = await start(() => toolNamed('kb.search'));
    const cache = new LRUCache<string, number>({ max: 10 });
    vitals.watchCache('answers', cache);
    vitals.watchPool('orders', () => ({ used: 2, idle: 1, pending: 3, max: 5, timeouts: 4 }));
    const batches = vitals.batchRecorder('embeddings');
    cache.set('a', 1);
    cache.get('a');
    cache.get('b');
    batches.batch({ size: 8, waitMs: 5, durationMs: 20 });
    expect(lines(part)).toEqual([
      'mcp_vitals.cache.requests{mcp_vitals.cache.name=answers,gen_ai.tool.name=kb.search,mcp_vitals.cache.result=hit} 1',
      'mcp_vitals.cache.requests{mcp_vitals.cache.name=answers,gen_ai.tool.name=kb.search,mcp_vitals.cache.result=miss} 1',
      'mcp_vitals.cache.requests{mcp_vitals.cache.name=answers,gen_ai.tool.name=kb.search,mcp_vitals.cache.result=error} 0',
      'mcp_vitals.cache.entries{mcp_vitals.cache.name=answers} 1',
      'mcp_vitals.cache.evictions{mcp_vitals.cache.name=answers} 0',
      'db.client.connection.count{db.client.connection.pool.name=orders,db.client.connection.state=used} 2',
      'db.client.connection.count{db.client.connection.pool.name=orders,db.client.connection.state=idle} 1',
      'db.client.connection.max{db.client.connection.pool.name=orders} 5',
      'db.client.connection.pending_requests{db.client.connection.pool.name=orders} 3',
      'db.client.connection.timeouts{db.client.connection.pool.name=orders} 4',
      'mcp_vitals.pool.exhausted{db.client.connection.pool.name=orders} 0',
      'mcp_vitals.batch.size{mcp_vitals.batcher.name=embeddings} 1',
      'mcp_vitals.batch.wait{mcp_vitals.batcher.name=embeddings} 1',
      'mcp_vitals.batch.duration{mcp_vitals.batcher.name=embeddings} 1',
    ]);
    for (const { stream, points } of part.series?.() ?? []) {
      const allowed = RESOURCE_STREAMS.find(({ name }) => name === stream)?.attributes ?? [];
      for (const { attributes } of points) expect(allowed).toEqual(expect.arrayContaining(Object.keys(attributes)));
    }
    const snapshot = part.snapshot?.();
    expect(snapshot?.caches).toMatchObject([{ name: 'answers', hits: 1, misses: 1, hitRatio: 0.5 }]);
    expect(snapshot?.pools).toMatchObject([{ name: 'orders', used: 2, pending: 3 }]);
    expect(snapshot?.batches).toMatchObject([{ name: 'embeddings', items: 8 }]);
  });

  it('waits for the product to run, is taken back by its own function, and left as it was when the product stops', async () => {
    const [early, cancelled, later] = [new Map([['a', 1]]), new Map(), new Map()];
    vitals.watchCache('early', early);
    vitals.watchCache('cancelled', cancelled)();
    expect(Object.hasOwn(early, 'get')).toBe(false);
    const part = await start();
    const unwatch = vitals.watchCache('later', later);
    expect([early, cancelled, later].map((map) => Object.hasOwn(map, 'get'))).toEqual([true, false, true]);
    unwatch();
    expect(Object.hasOwn(later, 'get')).toBe(false);
    await part.stop?.();
    expect(Object.hasOwn(early, 'get')).toBe(false);
    await expect(vitals.explain('any', 'SELECT 1')).rejects.toThrow('does not run');
  });

  it('is nothing by default: no points, empty sections', async () => {
    const part = await start();
    expect(lines(part)).toEqual([]);
    expect(part.snapshot?.()).toEqual({ caches: [], pools: [], databases: [], batches: [] });
  });
});
