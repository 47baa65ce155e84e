// @ts-check
/**
 * The embedded store: SQLite through `libsql`, full text by FTS5 and bm25, vectors by exact cosine distance. Its calls
 * are synchronous: they take well under a millisecond, less than handing them to a thread would. Only waiting for a file
 * that somebody else has locked is not.
 */
import Database from 'libsql';
import { isTroubled } from '../trouble.js';
import { createTurns } from './busy-file.js';
import { queryWords } from './store.js';

/**
 * @param {{ path?: string, dimensions: number }} options `path` of the database file, in memory without
 * @returns {import('./store.js').Store}
 */
export function createLibsqlStore({ path = ':memory:', dimensions }) {
  const db = new Database(path);
  createSchema(db, dimensions);

  const insertDocument = db.prepare('INSERT INTO documents (id, title, source, text) VALUES (?, ?, ?, ?)');
  const insertChunk = db.prepare('INSERT INTO chunks (document_id, text) VALUES (?, ?)');
  const insertVector = db.prepare('INSERT INTO vectors (chunk_id, vector) VALUES (?, ?)');
  const insertWords = db.prepare('INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)');
  const removals = [
    'DELETE FROM words WHERE rowid IN (SELECT id FROM chunks WHERE document_id = ?)',
    'DELETE FROM vectors WHERE chunk_id IN (SELECT id FROM chunks WHERE document_id = ?)',
    'DELETE FROM chunks WHERE document_id = ?',
    'DELETE FROM documents WHERE id = ?',
  ].map((sql) => db.prepare(sql));
  const selectDocument = db.prepare('SELECT id, title, source, text FROM documents WHERE id = ?');
  const selectDocuments = db.prepare('SELECT id, title FROM documents ORDER BY id LIMIT ?');
  const selectCounts = db.prepare(
    'SELECT (SELECT count(*) FROM documents) AS documents, (SELECT count(*) FROM chunks) AS chunks',
  );
  // A word in the title says more about a passage than one in its text.
  const selectByWords = db.prepare(
    'SELECT rowid AS id FROM words WHERE words MATCH ? ORDER BY bm25(words, 4.0, 1.0) LIMIT ?',
  );
  const selectByVector = db.prepare(
    'SELECT chunk_id AS id FROM vectors ORDER BY vector_distance_cos(vector, ?) LIMIT ?',
  );
  // The same answer the slow way, as a join that lost its condition gives it.
  const selectByVectorSlowly = db.prepare(
    `SELECT vectors.chunk_id AS id FROM vectors, (SELECT id FROM chunks LIMIT 150)
       GROUP BY vectors.chunk_id ORDER BY min(vector_distance_cos(vector, ?)) LIMIT ?`,
  );
  const selectPassage = db.prepare(
    `SELECT chunks.id AS id, document_id AS documentId, documents.title AS title, chunks.text AS text
       FROM chunks JOIN documents ON documents.id = chunks.document_id WHERE chunks.id = ?`,
  );

  const put = db.transaction(
    /**
     * @param {import('./store.js').Document} document
     * @param {import('./store.js').Passage[]} passages
     */
    (document, passages) => {
      for (const removal of removals) removal.run(document.id);
      insertDocument.run(document.id, document.title, document.source, document.text);
      for (const { text, vector } of passages) {
        const { lastInsertRowid } = insertChunk.run(document.id, text);
        insertVector.run(lastInsertRowid, toBlob(vector));
        insertWords.run(lastInsertRowid, document.title, text);
      }
    },
  );

  const probe = db.prepare('SELECT id FROM documents LIMIT 1');
  const inTurn = createTurns(() => probe.all());

  return {
    put: (document, passages) => inTurn(() => put.exclusive(document, passages)),
    getDocument: (id) =>
      inTurn(() => /** @type {import('./store.js').Document | undefined} */ (selectDocument.get(id))),
    listDocuments: (limit) => inTurn(() => /** @type {{ id: string, title: string }[]} */ (selectDocuments.all(limit))),
    count: () =>
      inTurn(() => {
        // The driver adds a field of its own to the row.
        const { documents, chunks } = /** @type {{ documents: number, chunks: number }} */ (selectCounts.get());
        return { documents, chunks };
      }),
    searchText: async (query, limit) => {
      const words = queryWords(query);
      if (words.length === 0) return [];
      const matches = words.map((word) => `"${word}"`).join(' OR ');
      return inTurn(() => ids(selectByWords.all(matches, limit)));
    },
    searchVector: (vector, limit) => {
      const select = isTroubled('database') ? selectByVectorSlowly : selectByVector;
      return inTurn(() => ids(select.all(toBlob(vector), limit)));
    },
    getPassages: (wanted) =>
      inTurn(() => {
        const rows = wanted.map((id) => selectPassage.get(id)).filter((row) => row !== undefined);
        return /** @type {import('./store.js').StoredPassage[]} */ (rows);
      }),
    close: async () => {
      db.close();
    },
  };
}

/**
 * @param {import('libsql').Database} db
 * @param {number} dimensions
 */
function createSchema(db, dimensions) {
  // What a power cut could lose can be indexed again; waiting for the disk would hold up every call meanwhile.
  db.exec('PRAGMA synchronous = OFF');
  // Vectors have a table of their own: an exact search reads all of them and should not page through the texts.
  db.exec(`
    CREATE TABLE IF NOT EXISTS documents (id TEXT PRIMARY KEY, title TEXT NOT NULL, source TEXT NOT NULL, text TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS chunks (id INTEGER PRIMARY KEY, document_id TEXT NOT NULL, text TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS chunks_by_document ON chunks (document_id);
    CREATE TABLE IF NOT EXISTS vectors (chunk_id INTEGER PRIMARY KEY, vector F32_BLOB(${Math.trunc(dimensions)}) NOT NULL);
    CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(title, text, tokenize = 'porter unicode61');
  `);
}

/**
 * @param {ArrayLike<number>} vector
 * @returns {Buffer} 32-bit floats as libsql stores them
 */
function toBlob(vector) {
  return Buffer.from(Float32Array.from(vector).buffer);
}

/**
 * @param {unknown[]} rows
 * @returns {number[]}
 */
function ids(rows) {
  return /** @type {{ id: number }[]} */ (rows).map((row) => row.id);
}
