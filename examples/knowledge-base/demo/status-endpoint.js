// @ts-check
/** Finds the status endpoint of the server in the discovery folder and reads its figures. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** @typedef {import('./snapshot.js').Snapshot} Snapshot */

const POLL_MS = 100;
const DISCOVERY_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * @param {string} folder the value of `MCP_VITALS_DISCOVERY_DIR`
 * @param {number} pid
 * @returns {Promise<string>} base URL
 * @throws {Error} when the server does not announce itself in time
 */
export async function discoverEndpoint(folder, pid) {
  for (const deadlineMs = Date.now() + DISCOVERY_TIMEOUT_MS; Date.now() < deadlineMs; await delay(POLL_MS)) {
    for (const file of await readdir(folder)) {
      const url = urlIn(await readFile(join(folder, file), 'utf8').catch(() => ''), pid);
      if (url !== undefined) return url;
    }
  }
  throw new Error(`the server (pid ${pid}) did not announce a status endpoint in ${folder}`);
}

/**
 * @param {string} text a Prometheus file_sd document: `[{ "targets": […], "labels": { "pid": …, "url": … } }]`
 * @param {number} pid
 * @returns {string | undefined}
 */
function urlIn(text, pid) {
  try {
    const groups = /** @type {{ labels?: { pid?: unknown, url?: string } }[]} */ (JSON.parse(text));
    return groups.find(({ labels }) => String(labels?.pid) === String(pid))?.labels?.url?.replace(/\/$/, '');
  } catch {
    return undefined; // half written, or not one of ours
  }
}

/**
 * @param {string} url base URL of the endpoint
 * @returns {Promise<Snapshot>}
 */
export async function readSnapshot(url) {
  const response = await fetch(`${url}/api/summary`, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url}/api/summary answered ${response.status}`);
  return /** @type {Snapshot} */ (await response.json());
}

/**
 * Reads snapshots at an interval until stopped, as an open status page would; a failed read is left out.
 * @param {string} url
 * @param {number} intervalMs
 * @returns {{ snapshots: readonly Snapshot[], stop: () => Promise<readonly Snapshot[]> }} `snapshots` grows while it watches
 */
export function watchSnapshots(url, intervalMs) {
  const stopped = new AbortController();
  /** @type {Snapshot[]} */
  const snapshots = [];
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      await delay(intervalMs, undefined, { signal: stopped.signal }).catch(() => {});
      const snapshot = await readSnapshot(url).catch(() => undefined);
      if (snapshot !== undefined) snapshots.push(snapshot);
    }
  })();
  return {
    snapshots,
    stop: async () => {
      stopped.abort();
      await watching;
      return snapshots;
    },
  };
}
