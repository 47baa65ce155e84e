import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nearestNodeModules } from '../../../examples/knowledge-base/corpus.js';
import { createBatcher } from '../../../examples/knowledge-base/embedding/batcher.js';
import { createEmbeddingClient } from '../../../examples/knowledge-base/embedding/embedding-client.js';
import { startLocalEmbeddingService } from '../../../examples/knowledge-base/embedding/local-service.js';

describe('the local service', () => {
  let service: Awaited<ReturnType<typeof startLocalEmbeddingService>>;
  beforeAll(async () => {
    service = await startLocalEmbeddingService({ corpus: nearestNodeModules() });
  });
  afterAll(() => {
    service.stop();
  });

  const client = () => createEmbeddingClient({ url: service.url, apiKey: undefined, model: undefined });

  test('queries of the same moment share one request, and a repeated query is answered from the cache', async () => {
    const embedding = client();
    const [first, second] = await Promise.all([embedding.embedQuery('yaml parser'), embedding.embedQuery('lru cache')]);
    const repeated = await embedding.embedQuery(' YAML parser ');

    expect(repeated).toEqual(first);
    expect(second).not.toEqual(first);
    expect(embedding.statistics()).toEqual({
      cacheHits: 1,
      cacheMisses: 2,
      cachedQueries: 2,
      batches: 1,
      batchedQueries: 2,
    });
  });

  test('more texts than fit one request come back complete and in order', async () => {
    const texts = Array.from({ length: 230 }, (_, index) => `text number ${index}`);
    const vectors = await client().embedAll(texts);
    const [single] = await client().embedAll(['text number 217']);

    expect(vectors).toHaveLength(230);
    expect(vectors[217]).toEqual(single);
  });

  test.each([
    ['something that is not JSON', 'garbage'],
    ['an empty input', JSON.stringify({ input: [] })],
    ['an input that is not text', JSON.stringify({ input: [1, 2] })],
    ['no object at all', 'null'],
  ])('%s is refused as the client’s mistake', async (_, body) => {
    const response = await fetch(`${service.url}/embeddings`, { method: 'POST', body });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
  });
});

test('a provider gets the key and the model, and its refusal reaches the caller with the reason', async () => {
  const seen: { authorization: string | undefined; body: string }[] = [];
  const provider = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      seen.push({ authorization: request.headers.authorization, body });
      response.writeHead(429).end('slow down');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => provider.once('listening', resolve));
  const { port } = provider.address() as AddressInfo;
  const client = createEmbeddingClient({ url: `http://127.0.0.1:${port}/v1/`, apiKey: 'key', model: 'small' });

  await expect(client.embedQuery('anything')).rejects.toThrow('429: slow down');
  // A failed query is not cached.
  await expect(client.embedQuery('anything')).rejects.toThrow('429: slow down');

  expect(seen).toHaveLength(2);
  expect(seen[0]!.authorization).toBe('Bearer key');
  expect(JSON.parse(seen[0]!.body)).toMatchObject({ model: 'small', input: ['anything'] });
  provider.close();
});

test('a batch leaves as soon as it is full, without waiting', async () => {
  const batches: number[][] = [];
  const batcher = createBatcher(
    async (items: number[]) => {
      batches.push(items);
      return items.map((item) => item * 2);
    },
    { maxItems: 3, maxWaitMs: 60_000 },
  );

  expect(await Promise.all([1, 2, 3].map((item) => batcher.add(item)))).toEqual([2, 4, 6]);
  expect(batches).toEqual([[1, 2, 3]]);
});

test('a batch with too few results fails every item instead of mixing them up', async () => {
  const batcher = createBatcher(async (items: number[]) => items.slice(1), { maxItems: 2 });

  const outcomes = await Promise.allSettled([batcher.add(1), batcher.add(2)]);

  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
