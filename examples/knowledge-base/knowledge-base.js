// @ts-check
/** The knowledge base itself: knows nothing of MCP. */
import { chunkText } from './chunking.js';
import { fuseRankings } from './store/rank-fusion.js';
import { troubleSearch } from './trouble.js';

/** Passages each ranking hands to the fusion: more than most ask for, so that both can agree on one further down. */
const CANDIDATES = 30;

/**
 * @typedef {import('./corpus.js').Document} Document
 *
 * @typedef {object} SearchResult
 * @property {string} documentId
 * @property {string} title
 * @property {string} passage
 * @property {number} score of the fusion
 * @property {{ text?: number, vector?: number }} ranks place in either ranking, from 1; absent where the ranking missed it
 */

export class KnowledgeBase {
  #store;
  #embedding;

  /**
   * @param {import('./store/store.js').Store} store
   * @param {import('./embedding/embedding-client.js').EmbeddingClient} embedding
   */
  constructor(store, embedding) {
    this.#store = store;
    this.#embedding = embedding;
  }

  /**
   * Ranks passages by words and by vectors and fuses both rankings.
   * @param {string} query
   * @param {number} limit
   * @returns {Promise<SearchResult[]>} best first
   */
  async search(query, limit) {
    // The full-text search runs while the embedding service is busy.
    const candidates = Math.max(CANDIDATES, limit);
    const [byWords, byVector] = await Promise.all([
      this.#store.searchText(query, candidates),
      this.#embedding.embedQuery(query).then((vector) => this.#store.searchVector(vector, candidates)),
    ]);
    troubleSearch();
    const best = fuseRankings([byWords, byVector]).slice(0, limit);
    const passages = await this.#store.getPassages(best.map(({ item }) => item));
    const byId = new Map(passages.map((passage) => [passage.id, passage]));
    return best.flatMap(({ item, score, ranks: [text, vector] }) => {
      const passage = byId.get(item);
      if (passage === undefined) return []; // replaced between the two queries
      const ranks = { ...(text === undefined ? {} : { text }), ...(vector === undefined ? {} : { vector }) };
      return [{ documentId: passage.documentId, title: passage.title, passage: passage.text, score, ranks }];
    });
  }

  /**
   * Adds a document, or replaces the one with the same id.
   * @param {Document} document
   * @returns {Promise<number>} passages it was cut into
   */
  async add(document) {
    const chunks = chunkText(document.text);
    const vectors = await this.#embedding.embedAll(chunks);
    await this.#store.put(
      document,
      chunks.map((text, index) => ({ text, vector: vectors[index] ?? [] })),
    );
    return chunks.length;
  }

  /**
   * @param {string} id
   * @returns {Promise<Document | undefined>}
   */
  get(id) {
    return this.#store.getDocument(id);
  }

  /**
   * @param {number} limit
   * @returns {Promise<{ id: string, title: string }[]>}
   */
  list(limit) {
    return this.#store.listDocuments(limit);
  }

  async statistics() {
    return { ...(await this.#store.count()), embedding: this.#embedding.statistics() };
  }
}
