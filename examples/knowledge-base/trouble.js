// @ts-check
/**
 * Trouble to order: what slows a server down in earnest, switched on while it runs, so that the demo can show whether the
 * monitoring finds it. Nothing here is known to the monitoring.
 */
import { pbkdf2Sync } from 'node:crypto';
import { createConnection, createServer } from 'node:net';
import { performance } from 'node:perf_hooks';

/** @typedef {'database' | 'embedding' | 'cache' | 'cpu' | 'event-loop' | 'gc'} Trouble */

export const TROUBLES = /** @type {const} */ (['database', 'embedding', 'cache', 'cpu', 'event-loop', 'gc']);

const EMBEDDING_DELAY_MS = 300;
const CACHE_TIMEOUT_MS = 300;
const COMPUTING_MS = 200;
const BLOCKED_MS = 250;
const BLOCKED_EVERY_MS = 600;
const ENTRIES = 1_000_000;

/** @type {Trouble | undefined} */
let current;
/** @type {Entry | undefined} */
let latest;

/**
 * Switches a trouble on, until the process ends.
 * @param {Trouble} trouble
 */
export function makeTrouble(trouble) {
  current = trouble;
  if (trouble === 'event-loop') {
    // What a library might do every now and then: synchronous cryptography.
    setInterval(() => computeFor(BLOCKED_MS), BLOCKED_EVERY_MS).unref();
  }
}

/** @param {Trouble} trouble */
export function isTroubled(trouble) {
  return current === trouble;
}

/** Milliseconds the embedding service is to take longer. */
export function embeddingDelayMs() {
  return isTroubled('embedding') ? EMBEDDING_DELAY_MS : 0;
}

/** What a search computes beyond its work, and what it leaves behind. */
export function troubleSearch() {
  if (isTroubled('cpu')) computeFor(COMPUTING_MS);
  if (isTroubled('gc')) {
    // A list that everything hangs on: cheap to build, and the collector has to follow it and to copy every entry.
    latest = undefined;
    for (let number = 0; number < ENTRIES; number++) latest = new Entry(latest);
  }
}

class Entry {
  /** @param {Entry | undefined} before */
  constructor(before) {
    this.before = before;
  }
}

/** @param {number} ms */
function computeFor(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end) pbkdf2Sync('secret', 'salt', 1_000, 32, 'sha256');
}

/**
 * Asks a remote cache that takes connections and never answers.
 * @returns {Promise<undefined>} when it has waited long enough
 */
export async function askDeadCache() {
  const server = createServer(() => {});
  server.unref();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  await new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write('GET key\r\n'));
    socket.setTimeout(CACHE_TIMEOUT_MS);
    socket.once('timeout', () => socket.destroy());
    socket.once('error', () => {});
    socket.once('close', () => resolve(undefined));
  });
  server.close();
  return undefined;
}
