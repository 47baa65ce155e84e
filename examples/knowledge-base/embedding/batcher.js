// @ts-check
/**
 * Joins single items that arrive within a few milliseconds into one request: an embedding service takes a hundred texts
 * nearly as fast as one.
 */
import { performance } from 'node:perf_hooks';

const MAX_ITEMS = 100;
const MAX_WAIT_MS = 3;

/** @typedef {{ size: number, waitMs: number, durationMs: number, failed: boolean }} BatchReport `waitMs` of its first item */

/**
 * @template I, O
 * @param {(items: I[]) => Promise<O[]>} run answers a batch, one result per item in the same order
 * @param {{ maxItems?: number, maxWaitMs?: number, onBatch?: (batch: BatchReport) => void }} [options] a batch leaves when it is
 *   full or its first item has waited this long; `onBatch` is told of each one that was worked on
 * @returns {{ add: (item: I) => Promise<O>, statistics: () => { batches: number, items: number } }}
 */
export function createBatcher(run, { maxItems = MAX_ITEMS, maxWaitMs = MAX_WAIT_MS, onBatch } = {}) {
  /** @type {{ item: I, resolve: (result: O) => void, reject: (error: unknown) => void }[]} */
  let waiting = [];
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let firstAt = 0;
  let batches = 0;
  let items = 0;

  async function flush() {
    clearTimeout(timer);
    timer = undefined;
    const batch = waiting;
    const startedAt = performance.now();
    const waitMs = startedAt - firstAt;
    let failed = false;
    waiting = [];
    batches += 1;
    items += batch.length;
    try {
      const results = await run(batch.map(({ item }) => item));
      if (results.length !== batch.length) throw new Error(`${results.length} results for ${batch.length} items`);
      for (const [index, { resolve }] of batch.entries()) resolve(/** @type {O} */ (results[index]));
    } catch (error) {
      failed = true;
      for (const { reject } of batch) reject(error);
    }
    onBatch?.({ size: batch.length, waitMs, durationMs: performance.now() - startedAt, failed });
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) firstAt = performance.now();
        waiting.push({ item, resolve, reject });
        if (waiting.length >= maxItems) void flush();
        else timer ??= setTimeout(() => void flush(), maxWaitMs);
      }),
    statistics: () => ({ batches, items }),
  };
}
