// @ts-check
import { readCorpus } from './corpus.js';

/** @typedef {{ documents: number, totalDocuments: number, chunks: number }} IndexingProgress */

/**
 * Adds the documents that the knowledge base does not hold yet: all of them in memory, only new or changed ones in a
 * database that outlives the process.
 * @param {import('./knowledge-base.js').KnowledgeBase} knowledgeBase
 * @param {string} corpus a `node_modules` folder
 * @param {(progress: IndexingProgress) => void} onProgress after each document
 * @returns {Promise<void>}
 */
export async function indexCorpus(knowledgeBase, corpus, onProgress) {
  const documents = await readCorpus(corpus);
  let chunks = 0;
  for (const [index, document] of documents.entries()) {
    const known = await knowledgeBase.get(document.id);
    if (known?.text !== document.text || known.title !== document.title) chunks += await knowledgeBase.add(document);
    onProgress({ documents: index + 1, totalDocuments: documents.length, chunks });
  }
}
