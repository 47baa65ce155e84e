import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './postgres.ts';
import { requireProgram } from './programs.ts';

/** A real Redis, in memory only. */
export interface Redis {
  readonly port: number;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
}

const START_ATTEMPTS = 200;

/** Starts a Redis on a free port; ends the test where it is not installed, as `requireProgram` says. */
export async function startRedis(): Promise<Redis> {
  const program = requireProgram('redis-server');
  const port = await freePort();
  let child: ChildProcess;
  const run = async (): Promise<void> => {
    child = spawn(program, ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
      stdio: 'ignore',
    });
    for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
      if (await answers(port)) return;
      await sleep(25);
    }
    throw new Error('redis-server does not answer');
  };
  await run();
  return {
    port,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    restart: run,
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
