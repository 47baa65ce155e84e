import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FIXTURES = join(ROOT, 'test/fixtures/sdk');
const LIMIT_MS = 30_000;

/** The built program, as the bin of the package starts it. */
export const MAIN: string = join(ROOT, 'dist/cli/main.js');

if (!existsSync(MAIN)) throw new Error('dist is missing: run "npm run build" first, as "npm test" does');

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs after the test, last registered first. */
export function afterTest(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** An empty folder outside the checkout, without links in its path, removed after the test. */
export function emptyFolder(name = 'mcp-vitals-cli-'): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), name)));
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A project with the MCP SDK in its reach and `server.mjs`, an unmodified stdio server with the tool `echo`. */
export function serverProject(folder: string = emptyFolder()): string {
  mkdirSync(folder, { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  copyFileSync(join(FIXTURES, 'v1-stdio.mjs'), join(folder, 'server.mjs'));
  copyFileSync(join(FIXTURES, 'v1-servers.mjs'), join(folder, 'v1-servers.mjs'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "somebodys-server", "version": "1.0.0" }');
  return folder;
}

export interface Started {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The program to start; default the built one. */
  readonly main?: string;
}

/** A small environment that inherits nothing from the test but what programs need to run at all. */
export function plainEnvironment(env: Started['env'] = {}): Record<string, string | undefined> {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, NO_UPDATE_NOTIFIER: '1', ...env };
}

/** Starts `mcp-vitals` with pipes; it is killed after the test if it still runs then. */
export function start(args: readonly string[], { cwd, env, main = MAIN }: Started = {}): ChildProcess {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd,
    env: plainEnvironment(env),
    detached: true,
  });
  afterTest(() => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended, and everything it started.
    }
  });
  return child;
}

/** How a command ended and everything it wrote. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Collects what a child writes, and resolves when it has ended and its pipes are closed. */
export async function outcome(child: ChildProcess): Promise<Outcome> {
  // As bytes: somebody else may read the same stream.
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(limit);
  return { code, signal, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}

/** Runs `mcp-vitals` with an empty stdin to its end. */
export function cli(args: readonly string[], options: Started = {}): Promise<Outcome> {
  const child = start(args, options);
  child.stdin?.end();
  return outcome(child);
}
