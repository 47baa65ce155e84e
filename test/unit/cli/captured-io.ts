import type { CliIo } from '../../../src/cli/io.ts';

/** The process around a command, as a test plays it: nothing inherited, everything written is kept. */
export interface CapturedIo extends CliIo {
  readonly out: () => string;
  readonly err: () => string;
}

export function capturedIo(options: { env?: CliIo['env']; cwd?: string } = {}): CapturedIo {
  const written = { out: '', err: '' };
  return {
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    env: options.env ?? {},
    cwd: options.cwd ?? '/',
    out: () => written.out,
    err: () => written.err,
  };
}
