// @ts-check
/**
 * The slow phase: the load goes on, another process locks the database again and again, searches miss their objective, an
 * alert fires; the lock is gone, and the alert is resolved. What happened when is read from the server's own endpoint.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabaseLock } from './database-lock.js';
import { runLoad } from './load.js';
import { readSnapshot, watchSnapshots } from './status-endpoint.js';
import { alertIn, computeTimeline, objectiveIn, RULE } from './timeline.js';

/**
 * What the demo configures, for nobody to wait longer than needed: a percentile forgets the slow searches 10 s after the last
 * one instead of 60, and the rule that comes with mcp-vitals fires at once instead of after 30 s.
 */
export const SLOW_PHASE_SETTINGS = {
  MCP_VITALS_WINDOW: '10s',
  MCP_VITALS_RULES: JSON.stringify([{ name: RULE, for: 0 }]),
};

const SEED = 20_260_729;
/** Enough to show it, and little enough for a machine that is busy with other things: only the lock should make it slow. */
const MAX_RATE_PER_SECOND = 20;
const LOCK_SECONDS = 5;
const HOLD_MS = 600;
const GAP_MS = 100;
const WATCH_INTERVAL_MS = 200;
const POLL_MS = 50;
/** The windows must have forgotten what was slow before. */
const CALM_TIMEOUT_MS = 20_000;
const RESOLVED_TIMEOUT_MS = 25_000;

/**
 * @param {object} setting
 * @param {readonly import('@modelcontextprotocol/sdk/client/index.js').Client[]} setting.clients
 * @param {string} setting.url of the status endpoint
 * @param {number} setting.ratePerSecond
 * @param {{ databaseUrl: string | undefined, databasePath: string }} setting.database
 * @param {(line: string) => void} setting.say
 */
export async function runSlowPhase({ clients, url, ratePerSecond, database, say }) {
  const lock = await openDatabaseLock(database);
  const watch = watchSnapshots(url, WATCH_INTERVAL_MS);
  const stop = new AbortController();
  const loading = runLoad(clients, {
    seed: SEED,
    seconds: (CALM_TIMEOUT_MS + RESOLVED_TIMEOUT_MS) / 1000 + 2 * LOCK_SECONDS,
    ratePerSecond: Math.min(ratePerSecond, MAX_RATE_PER_SECOND),
    signal: stop.signal,
  });
  try {
    await until(() => isCalm(watch.snapshots.at(-1)), CALM_TIMEOUT_MS);
    const before = await readSnapshot(url);
    const lockedMs = Date.now();
    say(`another process locks the database for ${LOCK_SECONDS} s: ${lock.statement}`);
    while (Date.now() < lockedMs + LOCK_SECONDS * 1000) {
      await lock.hold(HOLD_MS);
      await delay(GAP_MS);
    }
    const releasedMs = Date.now();
    say('the lock is gone; the window forgets within 10 s');
    await until(() => isCalm(watch.snapshots.at(-1), releasedMs), RESOLVED_TIMEOUT_MS);
    stop.abort();
    const { calls, load } = await loading;
    return computeTimeline({
      lock: lock.statement,
      before,
      during: await watch.stop(),
      lockedMs,
      releasedMs,
      calls,
      load,
    });
  } finally {
    stop.abort();
    await loading;
    await watch.stop();
    await lock.close();
  }
}

/**
 * Nothing is wrong with the objective, and no alert about it is active.
 * @param {import('./snapshot.js').Snapshot | undefined} snapshot
 * @param {number} sinceMs only a snapshot that is younger says so
 */
function isCalm(snapshot, sinceMs = 0) {
  if (snapshot === undefined || snapshot.timestamp < sinceMs) return false;
  return objectiveIn(snapshot)?.state === 'met' && alertIn(snapshot)?.state !== 'firing';
}

/**
 * @param {() => boolean} holds
 * @param {number} timeoutMs
 * @returns {Promise<void>} also when the time is up: the timeline shows what is missing
 */
async function until(holds, timeoutMs) {
  for (const deadlineMs = Date.now() + timeoutMs; !holds() && Date.now() < deadlineMs; ) await delay(POLL_MS);
}
