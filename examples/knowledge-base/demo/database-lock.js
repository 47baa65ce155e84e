// @ts-check
/**
 * A real lock on the server's database, held by this process: what a backup, a migration or a forgotten transaction does to
 * everybody else. The server knows nothing of it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isBusy } from '../store/busy-file.js';

const RETRY_MS = 5;

/**
 * @typedef {object} DatabaseLock
 * @property {string} statement that takes the lock
 * @property {(ms: number) => Promise<void>} hold takes the lock, keeps it for that long and lets go of it
 * @property {() => Promise<void>} close
 */

/**
 * @param {{ databaseUrl: string | undefined, databasePath: string }} database Postgres when a URL is given, a file of SQLite otherwise
 * @returns {Promise<DatabaseLock>}
 */
export function openDatabaseLock({ databaseUrl, databasePath }) {
  return databaseUrl === undefined ? lockFile(databasePath) : lockTable(databaseUrl);
}

/**
 * @param {string} path
 * @returns {Promise<DatabaseLock>}
 */
async function lockFile(path) {
  const { default: Database } = await import('libsql');
  const db = new Database(path);
  const statement = 'BEGIN EXCLUSIVE';
  return {
    statement,
    hold: async (ms) => {
      for (let isHeld = false; !isHeld; ) {
        try {
          db.exec(statement);
          isHeld = true;
        } catch (error) {
          if (!isBusy(error)) throw error;
          await delay(RETRY_MS);
        }
      }
      await delay(ms);
      db.exec('COMMIT');
    },
    close: async () => {
      db.close();
    },
  };
}

/**
 * @param {string} url
 * @returns {Promise<DatabaseLock>}
 */
async function lockTable(url) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const statement = 'LOCK TABLE kb_chunks IN ACCESS EXCLUSIVE MODE';
  return {
    statement,
    hold: async (ms) => {
      await client.query('BEGIN');
      await client.query(statement);
      await delay(ms);
      await client.query('COMMIT');
    },
    close: () => client.end(),
  };
}
