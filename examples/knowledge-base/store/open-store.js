// @ts-check
import { vitals } from 'mcp-vitals';
import { createLibsqlStore } from './libsql-store.js';

/** What of a store is a call of the database. */
const CALLS = /** @type {const} */ ([
  'put',
  'getDocument',
  'listDocuments',
  'count',
  'searchText',
  'searchVector',
  'getPassages',
]);

/**
 * Postgres when a URL is given, the embedded database otherwise.
 * @param {{ databaseUrl: string | undefined, databasePath: string | undefined, dimensions: number }} options
 * @returns {Promise<import('./store.js').Store>}
 */
export async function openStore({ databaseUrl, databasePath, dimensions }) {
  if (databaseUrl === undefined) {
    return measured(
      'libsql',
      createLibsqlStore({ dimensions, ...(databasePath === undefined ? {} : { path: databasePath }) }),
    );
  }
  const { createPostgresStore } = await import('./postgres-store.js');
  return measured('postgresql', await createPostgresStore({ url: databaseUrl, dimensions }));
}

/**
 * Neither driver publishes its calls, so the store says what is time of the database.
 * @param {string} name
 * @param {import('./store.js').Store} store
 */
function measured(name, store) {
  for (const call of CALLS) vitals.measured(store, call, `database:${name}`);
  return store;
}
