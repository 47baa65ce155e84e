import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './postgres.ts';
import { requireProgram } from './programs.ts';

/** Debian keeps it out of the PATH of ordinary users. */
const DEBIAN_PROGRAM = '/usr/sbin/mariadbd';
/** MariaDB does not run as root by itself; nobody owns nothing else. */
const NOBODY = 65_534;

/** A real MariaDB with a folder of its own. */
export interface MariaDb {
  /** For `mysql2`: host, port, user, database. */
  readonly connection: { host: string; port: number; user: string; database: string };
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a MariaDB in a new folder on a free port; ends the test where it is not installed, as `requireProgram` says. */
export async function startMariaDb(): Promise<MariaDb> {
  const program = existsSync(DEBIAN_PROGRAM) ? DEBIAN_PROGRAM : requireProgram('mariadbd');
  const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-mariadb-'));
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  // Without its system tables there are no accounts, and everybody on this machine may do everything.
  const setUp = join(folder, 'set-up.sql');
  writeFileSync(setUp, 'CREATE DATABASE shop;\n');
  const port = await freePort();
  const child = spawn(
    program,
    [
      '--no-defaults',
      `--datadir=${folder}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(folder, 'socket')}`,
      '--skip-grant-tables',
      '--skip-networking=0',
      '--innodb-flush-log-at-trx-commit=0',
      `--init-file=${setUp}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder, ...identity },
  );
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`mariadbd ended with ${code}: ${log}`)));
    child.stderr?.on('data', (chunk) => {
      log += chunk;
      if (log.includes('ready for connections')) resolve();
    });
  });
  child.stderr?.resume();
  return {
    connection: { host: '127.0.0.1', port, user: 'test', database: 'shop' },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
