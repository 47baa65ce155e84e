// @ts-check
/** Something to order makes searches slow, and the server is asked what it is. */
import { setTimeout as delay } from 'node:timers/promises';
import { readSnapshot } from './status-endpoint.js';

export const CULPRITS = /** @type {const} */ (['database', 'embedding', 'cache', 'cpu', 'event-loop', 'gc', 'queue']);

/** @typedef {typeof CULPRITS[number]} Culprit */

/**
 * What a recommendation has to name for it.
 * @type {Readonly<Record<Culprit, string>>}
 */
const EXPECTED = {
  database: 'database libsql',
  embedding: 'embedding',
  cache: 'cache queries',
  cpu: 'own code, computing',
  'event-loop': 'event loop',
  gc: 'garbage collection',
  queue: 'queue',
};

/** Settings the phase needs: the tool that makes trouble, and percentiles that forget what was before. */
export const CULPRIT_PHASE_SETTINGS = { KB_TROUBLE: '1', MCP_VITALS_WINDOW: '10s' };

const OPERATION = 'tools/call kb.hybrid_search';
/** True where it is said, and nothing that was switched on: other programs of this machine are busy. */
const CROWDED = 'wait for a processor';
/** Rates the server can hold although a search takes several hundred milliseconds. */
const NORMAL_EVERY_MS = 100;
const SLOW_EVERY_MS = 400;
/** A machine that is busy with other things holds less: then fewer are sent, so that what makes them slow stays what it is. */
const MAX_IN_FLIGHT = 2;
/** More at once than are worked off before somebody notices; one query, so that only the server itself has work. */
const REPEATED = 'install package';
const BURST = 60;
const BURST_EVERY_MS = 2_000;
/** The health is assessed every 5 s, of calls that ended a second ago. */
const POLL_MS = 1_000;
const LONGEST_MS = 40_000;

/**
 * @typedef {object} CulpritPhase
 * @property {Culprit} culprit what was switched on
 * @property {string} expected what has to be named
 * @property {boolean} passed
 * @property {Recommendation | undefined} recommendation the first one for searches or the whole process, a crowded machine aside
 * @property {readonly Recommendation[]} recommendations all of them
 * @property {number} elapsedSeconds of trouble
 *
 * @typedef {import('./snapshot.js').Recommendation} Recommendation
 */

/**
 * Searches at a rate at which all is well.
 * @param {import('@modelcontextprotocol/sdk/client/index.js').Client} client
 * @param {number} seconds
 */
export async function searchCalmly(client, seconds) {
  for (let call = 0; call * NORMAL_EVERY_MS < seconds * 1_000; call++) {
    await Promise.all([search(client), delay(NORMAL_EVERY_MS)]);
  }
}

/**
 * Switches the culprit on, goes on searching, and asks the server what it recommends.
 * @param {import('@modelcontextprotocol/sdk/client/index.js').Client} client of a server with the tool `kb.make_trouble`
 * @param {string} url of its status endpoint
 * @param {Culprit} culprit
 * @param {number} seconds
 * @returns {Promise<CulpritPhase>}
 */
export async function runCulpritPhase(client, url, culprit, seconds) {
  if (culprit !== 'queue') {
    await client.callTool({ name: 'kb.make_trouble', arguments: { trouble: culprit } });
  }
  const startMs = Date.now();
  let over = false;
  let inFlight = 0;
  const load = (async () => {
    while (!over) {
      if (culprit === 'queue') {
        await Promise.all([delay(BURST_EVERY_MS), ...Array.from({ length: BURST }, () => search(client, REPEATED))]);
        continue;
      }
      if (inFlight < MAX_IN_FLIGHT) {
        inFlight += 1;
        search(client).then(
          () => inFlight--,
          () => inFlight--,
        );
      }
      await delay(SLOW_EVERY_MS);
    }
  })();
  /** @type {readonly Recommendation[]} */
  let recommendations = [];
  try {
    // To the end, even when there is one already: the longer it lasts the more calls it rests on.
    while (Date.now() - startMs < seconds * 1_000 || recommendations.length === 0) {
      await delay(POLL_MS);
      // A server in trouble may answer late; the next answer says the same.
      recommendations = (await readSnapshot(url).catch(() => undefined))?.health?.recommendations ?? recommendations;
      if (Date.now() - startMs > LONGEST_MS) break;
    }
  } finally {
    over = true;
    await load;
  }
  const recommendation = recommendations.find(
    (found) => (found.operation === undefined || found.operation === OPERATION) && found.culprit !== CROWDED,
  );
  const expected = EXPECTED[culprit];
  return {
    culprit,
    expected,
    passed: recommendation?.culprit === expected,
    recommendation,
    recommendations,
    elapsedSeconds: (Date.now() - startMs) / 1_000,
  };
}

let asked = 0;

/**
 * @param {import('@modelcontextprotocol/sdk/client/index.js').Client} client
 * @param {string} [query]
 */
function search(client, query = `install package number ${++asked}`) {
  // No query twice: an answer out of the query cache would spare the embedding service.
  return client.callTool({
    name: 'kb.hybrid_search',
    arguments: { query, limit: 5 },
  });
}
