// @ts-check
/**
 * Joins single items that arrive within a few milliseconds into one request: an embedding service takes a hundred texts
 * nearly as fast as one.
 */

const MAX_ITEMS = 100;
const MAX_WAIT_MS = 3;

/**
 * @template I, O
 * @param {(items: I[]) => Promise<O[]>} run answers a batch, one result per item in the same order
 * @param {{ maxItems?: number, maxWaitMs?: number }} [options] a batch leaves when it is full or its first item has waited this long
 * @returns {{ add: (item: I) => Promise<O>, statistics: () => { batches: number, items: number } }}
 */
export function createBatcher(run, { maxItems = MAX_ITEMS, maxWaitMs = MAX_WAIT_MS } = {}) {
  /** @type {{ item: I, resolve: (result: O) => void, reject: (error: unknown) => void }[]} */
  let waiting = [];
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let batches = 0;
  let items = 0;

  async function flush() {
    clearTimeout(timer);
    timer = undefined;
    const batch = waiting;
    waiting = [];
    batches += 1;
    items += batch.length;
    try {
      const results = await run(batch.map(({ item }) => item));
      if (results.length !== batch.length) throw new Error(`${results.length} results for ${batch.length} items`);
      for (const [index, { resolve }] of batch.entries()) resolve(/** @type {O} */ (results[index]));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (waiting.length >= maxItems) void flush();
        else timer ??= setTimeout(() => void flush(), maxWaitMs);
      }),
    statistics: () => ({ batches, items }),
  };
}
