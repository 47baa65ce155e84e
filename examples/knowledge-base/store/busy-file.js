// @ts-check
/**
 * A file that another process has locked. SQLite could wait for it itself, but its calls are synchronous: the whole server
 * would stand still. So a call that finds the file locked waits its turn here, while others are answered.
 */
import { setTimeout as delay } from 'node:timers/promises';

const PROBE_INTERVAL_MS = 10;
/** As long as a statement may take on Postgres. */
const GIVE_UP_MS = 10_000;

/** @param {unknown} error */
export function isBusy(error) {
  return /** @type {{ code?: unknown }} */ (error)?.code === 'SQLITE_BUSY';
}

/**
 * @param {() => unknown} probe touches the file, and throws while it is locked
 * @returns {<T>(call: () => T) => Promise<T>} makes a call as soon as the file is free
 */
export function createTurns(probe) {
  /** One of those who wait asks for all. @type {Promise<void> | undefined} */
  let untilFree;

  async function waitUntilFree() {
    for (const giveUpMs = performance.now() + GIVE_UP_MS; performance.now() < giveUpMs; ) {
      await delay(PROBE_INTERVAL_MS);
      try {
        probe();
        break;
      } catch (error) {
        if (!isBusy(error)) break; // the call itself will say it
      }
    }
    untilFree = undefined;
  }

  return async (call) => {
    for (const giveUpMs = performance.now() + GIVE_UP_MS; ; ) {
      if (untilFree !== undefined) await untilFree;
      try {
        return call();
      } catch (error) {
        if (!isBusy(error) || performance.now() > giveUpMs) throw error;
        untilFree ??= waitUntilFree();
      }
    }
  };
}
