// @ts-check
/** The store on Postgres: full text by `tsvector`, vectors as `postgres-vectors.js` says. Used when `DATABASE_URL` is set. */
import { prepareVectors } from './postgres-vectors.js';
import { queryWords } from './store.js';

/** Not a dependency of the example: most people run it embedded. */
const DRIVER = 'pg';
const POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;

/**
 * @param {{ url: string, dimensions: number }} options
 * @returns {Promise<import('./store.js').Store>}
 * @throws when the driver is not installed, the database cannot be reached or not be prepared
 */
export async function createPostgresStore({ url, dimensions }) {
  const { Pool } = await loadDriver();
  const pool = new Pool({
    connectionString: url,
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', (/** @type {Error} */ error) => console.error(`database connection lost: ${error.message}`));
  let vectors;
  try {
    await createSchema(pool);
    vectors = await prepareVectors(pool, dimensions);
  } catch (error) {
    await pool.end();
    throw new Error(`cannot prepare the database: ${error instanceof Error ? error.message : error}`, { cause: error });
  }

  return {
    put: (document, passages) => putDocument(pool, vectors, document, passages),
    getDocument: async (id) => {
      const { rows } = await pool.query('SELECT id, title, source, text FROM kb_documents WHERE id = $1', [id]);
      return rows[0];
    },
    listDocuments: async (limit) => {
      const { rows } = await pool.query('SELECT id, title FROM kb_documents ORDER BY id LIMIT $1', [limit]);
      return rows;
    },
    count: async () => {
      const { rows } = await pool.query(
        `SELECT (SELECT count(*)::int FROM kb_documents) AS documents, (SELECT count(*)::int FROM kb_chunks) AS chunks`,
      );
      return rows[0];
    },
    searchText: async (query, limit) => {
      const words = queryWords(query);
      if (words.length === 0) return [];
      const { rows } = await pool.query(
        `SELECT id FROM kb_chunks, to_tsquery('english', $1) AS query
          WHERE words @@ query ORDER BY ts_rank_cd(words, query) DESC, id LIMIT $2`,
        [words.join(' | '), limit],
      );
      return ids(rows);
    },
    searchVector: async (vector, limit) => {
      const { rows } = await pool.query(vectors.nearest(vector, limit));
      return ids(rows);
    },
    getPassages: async (wanted) => {
      const { rows } = await pool.query(
        `SELECT kb_chunks.id, document_id AS "documentId", title, kb_chunks.text
           FROM unnest($1::int[]) WITH ORDINALITY AS wanted (id, place)
           JOIN kb_chunks USING (id) JOIN kb_documents ON kb_documents.id = document_id ORDER BY place`,
        [wanted],
      );
      return rows;
    },
    close: () => pool.end(),
  };
}

/** @returns {Promise<any>} the driver's module; typed `any` because it is only there when somebody installed it */
async function loadDriver() {
  try {
    const driver = await import(DRIVER);
    return driver.default ?? driver;
  } catch (error) {
    throw new Error('DATABASE_URL is set, but the Postgres driver is not installed: npm install pg', { cause: error });
  }
}

/** @param {any} pool */
async function createSchema(pool) {
  await pool.query(`
    CREATE TABLE IF NOT EXISTS kb_documents (
      id text PRIMARY KEY, title text NOT NULL, source text NOT NULL, text text NOT NULL
    );
    CREATE TABLE IF NOT EXISTS kb_chunks (
      id serial PRIMARY KEY,
      document_id text NOT NULL REFERENCES kb_documents ON DELETE CASCADE,
      text text NOT NULL,
      words tsvector NOT NULL
    );
    CREATE INDEX IF NOT EXISTS kb_chunks_by_document ON kb_chunks (document_id);
    CREATE INDEX IF NOT EXISTS kb_chunks_by_words ON kb_chunks USING gin (words);
  `);
}

/**
 * @param {any} pool
 * @param {import('./postgres-vectors.js').VectorColumn} vectors
 * @param {import('./store.js').Document} document
 * @param {import('./store.js').Passage[]} passages
 */
async function putDocument(pool, vectors, document, passages) {
  const connection = await pool.connect();
  try {
    await connection.query('BEGIN');
    await connection.query('DELETE FROM kb_documents WHERE id = $1', [document.id]);
    await connection.query('INSERT INTO kb_documents (id, title, source, text) VALUES ($1, $2, $3, $4)', [
      document.id,
      document.title,
      document.source,
      document.text,
    ]);
    await connection.query(
      `WITH passages AS (
         SELECT nextval(pg_get_serial_sequence('kb_chunks', 'id'))::int AS id, passage, embedding
           FROM unnest($3::text[], $4::text[]) AS given (passage, embedding)
       ), chunks AS (
         INSERT INTO kb_chunks (id, document_id, text, words)
         SELECT id, $1, passage, setweight(to_tsvector('english', $2), 'A') || to_tsvector('english', passage)
           FROM passages
       )
       INSERT INTO kb_vectors (chunk_id, vector) SELECT id, embedding::${vectors.type} FROM passages`,
      [
        document.id,
        document.title,
        passages.map(({ text }) => text),
        passages.map(({ vector }) => vectors.write(vector)),
      ],
    );
    await connection.query('COMMIT');
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  } finally {
    connection.release();
  }
}

/**
 * @param {{ id: number }[]} rows
 * @returns {number[]}
 */
function ids(rows) {
  return rows.map((row) => row.id);
}
