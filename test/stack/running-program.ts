import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const START_LIMIT_MS = 60_000;

/** A program of the stack that runs until the test is over. */
export interface RunningProgram extends AsyncDisposable {
  readonly child: ChildProcess;
  /** What it has written to stdout and stderr. */
  readonly log: string;
}

/**
 * Starts a program and waits until it is ready.
 *
 * @param ready a URL that answers with 2xx, or what it writes
 * @throws with its log when it ends or is not ready within a minute
 */
export async function startProgram(
  command: string,
  args: readonly string[],
  ready: string | RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProgram> {
  const inherited = { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'] };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...inherited, ...env } });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-100_000);
    });
  }
  const exited = once(child, 'exit');
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const isReady = async () => {
    if (ready instanceof RegExp) return ready.test(log);
    return (await fetch(ready).catch(() => undefined))?.ok === true;
  };
  const stop = async () => {
    if (hasEnded()) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(timer);
  };
  try {
    const deadline = performance.now() + START_LIMIT_MS;
    while (!(await isReady())) {
      if (hasEnded()) throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
      if (performance.now() > deadline) throw new Error(`it was not ready after ${START_LIMIT_MS} ms`);
      await delay(50);
    }
  } catch (error) {
    await stop();
    throw new Error(`${command} did not start:\n${log.slice(-4_000)}`, { cause: error });
  }
  return {
    child,
    get log() {
      return log;
    },
    [Symbol.asyncDispose]: stop,
  };
}
