// @ts-check
/** Shows indexing on stderr: stdout belongs to the protocol. */

const BAR_CELLS = 30;

/**
 * A bar that redraws itself on a terminal, a line per tenth otherwise.
 * @param {NodeJS.WriteStream} stream
 * @returns {(progress: import('./indexing.js').IndexingProgress) => void}
 */
export function createIndexingDisplay(stream) {
  let shownTenth = -1;
  return ({ documents, totalDocuments, chunks }) => {
    const done = documents / totalDocuments;
    const text = `${Math.floor(done * 100)} % (${documents} of ${totalDocuments} documents, ${chunks} chunks)`;
    if (stream.isTTY) {
      const filled = Math.round(done * BAR_CELLS);
      stream.write(`\rindexing ${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)} ${text}`);
      if (documents === totalDocuments) stream.write('\n');
      return;
    }
    const tenth = Math.floor(done * 10);
    if (tenth === shownTenth) return;
    shownTenth = tenth;
    stream.write(`indexing ${text}\n`);
  };
}
