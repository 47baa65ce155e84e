// @ts-check
/**
 * What the knowledge base asks of a database. Two of them implement it: `libsql-store.js` (embedded, the default) and
 * `postgres-store.js`.
 *
 * @typedef {import('../corpus.js').Document} Document
 *
 * @typedef {object} Passage a piece of a document together with its embedding
 * @property {string} text
 * @property {ArrayLike<number>} vector
 *
 * @typedef {object} StoredPassage
 * @property {number} id
 * @property {string} documentId
 * @property {string} title title of the document
 * @property {string} text
 *
 * @typedef {object} Store
 * @property {(document: Document, passages: Passage[]) => Promise<void>} put adds a document or replaces the one with the same id
 * @property {(id: string) => Promise<Document | undefined>} getDocument
 * @property {(limit: number) => Promise<{ id: string, title: string }[]>} listDocuments by id
 * @property {() => Promise<{ documents: number, chunks: number }>} count
 * @property {(query: string, limit: number) => Promise<number[]>} searchText ids of passages sharing words with the query, best first
 * @property {(vector: ArrayLike<number>, limit: number) => Promise<number[]>} searchVector ids of the nearest passages, nearest first
 * @property {(ids: number[]) => Promise<StoredPassage[]>} getPassages in the order of `ids`
 * @property {() => Promise<void>} close
 */

/** A query of more words than this finds nothing more, it only costs more. */
const MAX_QUERY_WORDS = 16;

/** Words in nearly every passage: they tell passages apart no better than chance, and ranking by them costs the most. */
const STOP_WORDS = new Set(
  'a an and are as at be by can do for from how i if in is it its not of on or that the this to use was what when which will with you your'.split(
    ' ',
  ),
);

/**
 * The words of a query, lower case, each once, so that no character of a full-text query language gets through. Stop words
 * are left out, unless there is nothing else.
 * @param {string} query
 * @returns {string[]}
 */
export function queryWords(query) {
  const words = [...new Set(query.toLowerCase().match(/[\p{L}\p{N}]+/gu))];
  const telling = words.filter((word) => !STOP_WORDS.has(word));
  return (telling.length > 0 ? telling : words).slice(0, MAX_QUERY_WORDS);
}
