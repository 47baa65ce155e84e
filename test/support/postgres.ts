import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireProgram } from './programs.ts';

const DEBIAN_FOLDER = '/usr/lib/postgresql';
/** Postgres refuses to run as root; nobody owns nothing else. */
const NOBODY = 65_534;

/** A real Postgres with a cluster of its own. */
export interface Postgres {
  readonly port: number;
  /** For `pg`: host, port, user, database. */
  readonly connection: { host: string; port: number; user: string; database: string };
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** Debian keeps the programs of Postgres in a folder per version, out of the PATH; the newest counts. */
function postgresProgram(name: string): string {
  const versions = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER) : [];
  const newest = versions
    .map(Number)
    .filter(Number.isFinite)
    .sort((a, b) => b - a)[0];
  return newest === undefined ? requireProgram(name) : join(DEBIAN_FOLDER, String(newest), 'bin', name);
}

/**
 * Programs of a Postgres that has pgvector, which Debian 12 does not have: `stack:install` takes it from the Python package
 * `pgserver`, which bundles both. `undefined` where it is not installed.
 */
export function postgresWithPgvector(): string | undefined {
  const programs = '/opt/mcp-vitals-stack/pgserver/pgserver/pginstall/bin';
  return existsSync(join(programs, 'postgres')) ? programs : undefined;
}

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts a Postgres in a new folder on a free port; ends the test where it is not installed, as `requireProgram` says.
 *
 * @param programs folder of another Postgres than the newest that is installed
 */
export async function startPostgres(programs?: string): Promise<Postgres> {
  const program = (name: string): string => (programs === undefined ? postgresProgram(name) : join(programs, name));
  const [initdb, postgres] = [program('initdb'), program('postgres')];
  const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-postgres-'));
  const isRoot = process.getuid?.() === 0;
  const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
  const options = { cwd: folder, env, ...identity };
  const data = join(folder, 'data');
  execFileSync(initdb, ['-D', data, '-U', 'test', '-A', 'trust', '--no-sync', '-E', 'UTF8'], {
    ...options,
    stdio: 'ignore',
  });
  const port = await freePort();
  const args = ['-D', data, '-p', `${port}`, '-h', '127.0.0.1', '-k', folder, '-F', '-c', 'max_connections=30'];
  let child: ChildProcess;
  const run = async (): Promise<void> => {
    child = spawn(postgres, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`postgres ended with ${code}: ${log}`)));
      child.stderr?.on('data', (chunk) => {
        log += chunk;
        if (log.includes('ready to accept connections')) resolve();
      });
    });
    child.stderr?.resume();
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  await run();
  return {
    port,
    connection: { host: '127.0.0.1', port, user: 'test', database: 'postgres' },
    // SIGQUIT ends the server and all of its processes without a shutdown; the next start recovers.
    kill: () => end('SIGQUIT'),
    restart: run,
    async stop() {
      await end('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
