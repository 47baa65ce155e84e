// @ts-check
/**
 * Calls a running knowledge base over Streamable HTTP, at a steady rate, until it is stopped: the load of the compose file.
 *
 *   node traffic.js --url http://127.0.0.1:8000/mcp --rate 10 --clients 5
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { nearestNodeModules, readCorpus } from './corpus.js';
import { createSchedule, runOpenModel } from './demo/open-model.js';
import { createRandom } from './demo/random.js';
import { createWorkload } from './demo/workload.js';

const SEED = 20_260_728;
const MAX_IN_FLIGHT = 50;
/** Sessions end and begin again after a round, as those of people do. */
const ROUND_MS = 60_000;
const RETRY_MS = 2_000;

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8000/mcp' },
    rate: { type: 'string', default: '10' },
    clients: { type: 'string', default: '5' },
  },
});
const ratePerSecond = readNumber(values.rate);
const clientCount = readNumber(values.clients);

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit());

/** @param {string} text */
function readNumber(text) {
  const number = Number(text);
  if (!(number >= 1 && number <= 1_000)) throw new RangeError(`a number from 1 to 1000 is needed, not "${text}"`);
  return number;
}

/** @returns {Promise<Client>} */
async function connect() {
  const client = new Client({ name: 'knowledge-base-traffic', version: '1.0.0' });
  await client.connect(
    /** @type {import('@modelcontextprotocol/sdk/shared/transport.js').Transport} */ (
      new StreamableHTTPClientTransport(new URL(values.url))
    ),
  );
  return client;
}

/**
 * @param {readonly import('./corpus.js').Document[]} documents
 * @param {() => number} random
 */
async function round(documents, random) {
  const count = Math.round(/** @type {number} */ (ratePerSecond * ROUND_MS) / 1000);
  const clients = await Promise.all(Array.from({ length: clientCount }, connect));
  try {
    const calls = createWorkload(documents, count, random);
    const { outcomes } = await runOpenModel(
      createSchedule(count, ROUND_MS, random),
      async (index) => {
        const call = calls[index];
        const client = clients[index % clients.length];
        if (call === undefined || client === undefined) throw new Error('unreachable: one call per moment');
        return call.run(client);
      },
      { maxInFlight: MAX_IN_FLIGHT },
    );
    const answered = outcomes.filter(({ failure }) => failure === undefined).length;
    console.log(`${count} calls: ${answered} answered, ${count - answered} refused or failed`);
  } finally {
    await Promise.allSettled(clients.map((client) => client.close()));
  }
}

const documents = await readCorpus(nearestNodeModules());
const random = createRandom(SEED);
console.log(`calling ${values.url} ${ratePerSecond} times a second with ${clientCount} clients`);
for (;;) {
  try {
    await round(documents, random);
  } catch (error) {
    console.error(`again in ${RETRY_MS / 1000} s: ${error instanceof Error ? error.message : error}`);
    await delay(RETRY_MS);
  }
}
