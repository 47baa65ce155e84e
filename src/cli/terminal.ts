import type { Terminal } from './io.ts';

const OPEN = '\u001b[?1049h\u001b[?25l';
const CLOSE = '\u001b[?25h\u001b[?1049l';

/** The terminal of this process as a screen; `undefined` when output or input is none. */
export function openTerminal(): Terminal | undefined {
  const { stdin, stdout } = process;
  if (!stdout.isTTY || !stdin.isTTY) return undefined;
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    stdin.setRawMode(false);
    stdin.pause();
    stdout.write(CLOSE);
    process.off('exit', close);
  };
  // Whatever ends the process, the terminal is given back as it was.
  process.once('exit', close);
  stdin.setRawMode(true);
  stdout.write(OPEN);
  return {
    columns: () => stdout.columns,
    rows: () => stdout.rows,
    // Line by line over what is there: a cleared screen would flicker.
    draw: (lines) => void stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`),
    onKey(listener) {
      stdin.setEncoding('utf8').on('data', (text: string) => listener(text));
    },
    close,
  };
}
