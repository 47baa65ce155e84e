// @ts-check
/** Asks an OpenAI-compatible embedding service: many texts in batches, single queries through the batcher and a cache. */
import { LRUCache } from 'lru-cache';
import { vitals } from 'mcp-vitals';
import { askDeadCache, embeddingDelayMs, isTroubled } from '../trouble.js';
import { createBatcher } from './batcher.js';

const MAX_BATCH_ITEMS = 100;
const MAX_CACHED_QUERIES = 1_000;
const TIMEOUT_MS = 10_000;

/**
 * @typedef {object} EmbeddingServiceOptions
 * @property {string} url base URL of the API, ending in `/v1`
 * @property {string | undefined} apiKey
 * @property {string | undefined} model name sent with each request
 *
 * @typedef {object} EmbeddingClient
 * @property {(texts: string[]) => Promise<number[][]>} embedAll for indexing: any number of texts, a hundred per request
 * @property {(query: string) => Promise<number[]>} embedQuery for searching: cached, and batched with queries of the same moment
 * @property {() => { cacheHits: number, cacheMisses: number, cachedQueries: number, batches: number, batchedQueries: number }} statistics
 */

/**
 * @param {EmbeddingServiceOptions} service
 * @returns {EmbeddingClient}
 */
export function createEmbeddingClient(service) {
  /** @type {LRUCache<string, number[]>} */
  const cache = new LRUCache({ max: MAX_CACHED_QUERIES });
  const measured = vitals.batchRecorder('queries');
  const batcher = createBatcher((/** @type {string[]} */ texts) => requestEmbeddings(service, texts), {
    maxItems: MAX_BATCH_ITEMS,
    onBatch: (batch) => measured.batch(batch),
  });
  let cacheHits = 0;
  let cacheMisses = 0;

  return {
    embedAll: async (texts) => {
      const vectors = [];
      for (let start = 0; start < texts.length; start += MAX_BATCH_ITEMS) {
        const batch = texts.slice(start, start + MAX_BATCH_ITEMS);
        vectors.push(...(await vitals.track('embedding', 'embedAll', () => requestEmbeddings(service, batch))));
      }
      return vectors;
    },
    embedQuery: async (query) => {
      const key = query.trim().toLowerCase();
      const cached = isTroubled('cache')
        ? await vitals.track('cache:queries', 'get', () => askDeadCache())
        : vitals.track('cache:queries', 'get', () => cache.get(key));
      if (cached !== undefined) {
        cacheHits += 1;
        return cached;
      }
      cacheMisses += 1;
      // The request is made by whoever asked first; waiting for it is everybody's.
      const vector = await vitals.track('embedding', 'embedQuery', () => batcher.add(query));
      cache.set(key, vector);
      return vector;
    },
    statistics: () => {
      const { batches, items } = batcher.statistics();
      return { cacheHits, cacheMisses, cachedQueries: cache.size, batches, batchedQueries: items };
    },
  };
}

/**
 * @param {EmbeddingServiceOptions} service
 * @param {string[]} texts
 * @returns {Promise<number[][]>} in the order of `texts`
 */
async function requestEmbeddings({ url, apiKey, model }, texts) {
  const response = await fetch(`${url.replace(/\/+$/, '')}/embeddings`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      ...(embeddingDelayMs() === 0 ? {} : { 'x-demo-delay': String(embeddingDelayMs()) }),
    },
    body: JSON.stringify({ model: model ?? 'default', input: texts, encoding_format: 'float' }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) {
    const reason = (await response.text()).slice(0, 200);
    throw new Error(`embedding service answered ${response.status}: ${reason}`);
  }
  const { data } = /** @type {{ data: { index: number, embedding: number[] }[] }} */ (await response.json());
  if (!Array.isArray(data) || data.length !== texts.length) {
    throw new Error(`embedding service answered ${data?.length} vectors for ${texts.length} texts`);
  }
  return data.sort((a, b) => a.index - b.index).map(({ embedding }) => embedding);
}
