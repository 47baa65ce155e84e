// @ts-check
import { createLibsqlStore } from './libsql-store.js';

/**
 * Postgres when a URL is given, the embedded database otherwise.
 * @param {{ databaseUrl: string | undefined, databasePath: string | undefined, dimensions: number }} options
 * @returns {Promise<import('./store.js').Store>}
 */
export async function openStore({ databaseUrl, databasePath, dimensions }) {
  if (databaseUrl === undefined) {
    return createLibsqlStore({ dimensions, ...(databasePath === undefined ? {} : { path: databasePath }) });
  }
  const { createPostgresStore } = await import('./postgres-store.js');
  return createPostgresStore({ url: databaseUrl, dimensions });
}
