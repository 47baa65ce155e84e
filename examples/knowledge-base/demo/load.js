// @ts-check
/** Sends the workload to the server: each call when it is due, in turn over all clients. */
import { nearestNodeModules, readCorpus } from '../corpus.js';
import { createSchedule, runOpenModel } from './open-model.js';
import { createRandom } from './random.js';
import { createWorkload } from './workload.js';

export const MAX_IN_FLIGHT = 50;

/**
 * @param {readonly import('@modelcontextprotocol/sdk/client/index.js').Client[]} clients
 * @param {{ seed: number, seconds: number, ratePerSecond: number, onProgress?: (done: number, count: number) => void, signal?: AbortSignal }} options
 *   `signal` ends the load before its time
 */
export async function runLoad(clients, { seed, seconds, ratePerSecond, onProgress, signal }) {
  const count = Math.max(1, Math.round(ratePerSecond * seconds));
  const random = createRandom(seed);
  const calls = createWorkload(await readCorpus(nearestNodeModules()), count, random);
  const load = await runOpenModel(
    createSchedule(count, seconds * 1000, random),
    async (index) => {
      const call = calls[index];
      const client = clients[index % clients.length];
      if (call === undefined || client === undefined) throw new Error('unreachable: one call per moment');
      return call.run(client);
    },
    {
      maxInFlight: MAX_IN_FLIGHT,
      onProgress: (done) => onProgress?.(done, count),
      ...(signal === undefined ? {} : { signal }),
    },
  );
  return { calls, load };
}
