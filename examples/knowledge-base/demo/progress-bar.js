// @ts-check
/** Progress on stderr, so that stdout holds the report alone: a bar that redraws itself on a terminal, a line per step elsewhere. */

const CELLS = 30;

/**
 * @param {NodeJS.WriteStream} stream
 * @param {string} label
 * @returns {{ update: (ratio: number, note?: string) => void, done: (note?: string) => void }}
 */
export function createProgressBar(stream, label) {
  let shownStep = -1;
  let isDone = false;
  /**
   * @param {number} ratio
   * @param {string} note
   */
  const draw = (ratio, note) => {
    const filled = Math.round(Math.min(ratio, 1) * CELLS);
    const text = `${label} ${'█'.repeat(filled)}${'░'.repeat(CELLS - filled)} ${Math.floor(ratio * 100)} %  ${note}`;
    if (stream.isTTY) stream.write(`\r\x1b[K${text}`);
    else stream.write(`${text.trimEnd()}\n`);
  };
  return {
    update: (ratio, note = '') => {
      // A hundred redraws are smooth on a terminal; a log file is better served by four lines.
      const step = Math.floor(ratio * (stream.isTTY ? 100 : 4));
      if (isDone || step === shownStep) return;
      shownStep = step;
      draw(ratio, note);
    },
    done: (note = '') => {
      if (isDone) return;
      isDone = true;
      if (shownStep < (stream.isTTY ? 100 : 4)) draw(1, note);
      if (stream.isTTY) stream.write('\n');
    },
  };
}
