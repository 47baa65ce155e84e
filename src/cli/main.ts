#!/usr/bin/env node
import { run } from './cli.ts';
import { EXIT_OK, EXIT_PROBLEM } from './command.ts';
import type { TextSink } from './io.ts';
import { openTerminal } from './terminal.ts';

let isLost = false;

/**
 * Opens a stream only when something is written: opening it makes the shared file description non-blocking, which a
 * program started by `run` with the same one may not expect.
 */
function lazily(open: () => NodeJS.WriteStream): TextSink {
  let stream: NodeJS.WriteStream | undefined;
  return {
    write(text) {
      if (stream === undefined) {
        stream = open();
        stream.on('error', ({ code }: NodeJS.ErrnoException) => {
          // The reader of a pipe may have gone (`mcp-vitals ps | head -1`): that is its right. A disk that is full is not.
          if (code !== 'EPIPE') isLost = true;
        });
      }
      return stream.write(text);
    },
  };
}

void run(process.argv.slice(2), {
  stdout: lazily(() => process.stdout),
  stderr: lazily(() => process.stderr),
  // biome-ignore lint/style/noProcessEnv: handed as it is to the programs that are started
  env: process.env,
  cwd: process.cwd(),
  openTerminal,
  untilEnded: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    }),
  endBySignal: (signal) => process.kill(process.pid, signal),
}).then((code) => {
  process.exitCode = code;
});
process.once('exit', (code) => {
  if (isLost && code === EXIT_OK) process.exitCode = EXIT_PROBLEM;
});
