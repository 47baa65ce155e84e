import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { cli, emptyFolder, outcome, serverProject, start } from './programs.ts';

/** What a thread noted about itself when it ended. */
interface Note {
  readonly entry: string;
  readonly thread: number;
  /** The hook was installed: this thread would have measured a server. */
  readonly hooked: boolean;
  /** The instrumentation was loaded. */
  readonly attached: boolean;
  /** Servers, sockets and timers that were open. */
  readonly resources: readonly string[];
  /** Packages loaded for us. */
  readonly packages: readonly string[];
}

/** Loaded in front of everything in every process and thread below. */
const WITNESS = `import { createRequire, Module } from 'node:module';
import { writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
const folder = new URL(import.meta.url).searchParams.get('notes');
const compile = Module.prototype._compile;
const open = new Set();
const look = () => { for (const name of process.getActiveResourcesInfo()) if (/TCP|HTTP/i.test(name)) open.add(name); };
setTimeout(look, 50).unref();
process.on('exit', () => {
  look();
  const packages = Object.keys(createRequire(import.meta.url).cache).filter((file) => /@opentelemetry|modelcontextprotocol/.test(file));
  writeFileSync(folder + '/' + process.pid + '-' + threadId + '.json', JSON.stringify({
    entry: process.argv[1] ?? '', thread: threadId, hooked: Module.prototype._compile !== compile,
    attached: globalThis[Symbol.for('mcp-vitals.hook')] !== undefined, resources: [...open], packages,
  }));
});
`;

/** A tool that does what build tools do: npm, a fork, a worker, an exec. */
const TOOL = `import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
const [, self, part] = process.argv;
if (part === undefined) {
  execFileSync('npm', ['--version']);
  execFileSync(process.execPath, [self, 'execed']);
  await once(fork(self, ['forked']), 'exit');
  await once(new Worker(new URL(import.meta.url), { argv: ['worker'] }), 'exit');
}
await new Promise((resolve) => setTimeout(resolve, 100));
`;

function notesIn(folder: string): Note[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Note);
}

/** NODE_OPTIONS with the witness, and the folder of its notes. */
function witness(): { readonly nodeOptions: string; readonly notes: string } {
  const notes = emptyFolder();
  writeFileSync(join(notes, 'witness.mjs'), WITNESS);
  const url = pathToFileURL(join(notes, 'witness.mjs'));
  url.searchParams.set('notes', notes);
  return { nodeOptions: `--import=${url.href}`, notes };
}

test('npm, forks, workers and other processes below a command load the hook, bind no port and nothing else', async () => {
  const { nodeOptions, notes } = witness();
  const dir = emptyFolder();
  const cwd = emptyFolder();
  writeFileSync(join(cwd, 'tool.mjs'), TOOL);
  const env = { NODE_OPTIONS: nodeOptions, MCP_VITALS_DISCOVERY_DIR: dir, MCP_VITALS_PORT: '0' };
  const { code, err, out } = await cli(['run', '--', 'node', 'tool.mjs'], { cwd, env });
  expect({ code, out }).toEqual({ code: 0, out: '' });
  expect(err.split('\n').filter((line) => line !== '' && !line.startsWith('npm '))).toEqual([]);

  // mcp-vitals itself is a Node process with the options of the user too, and the only one without the hook.
  const [own, ...below] = notesIn(notes).sort((a, b) => Number(a.hooked) - Number(b.hooked));
  expect(own).toMatchObject({ hooked: false, packages: [], entry: expect.stringMatching(/main\.js$/) });
  expect(below.filter(({ entry }) => entry.includes('npm'))).toHaveLength(1);
  expect(below.filter(({ thread }) => thread > 0)).toHaveLength(1);
  expect(below).toHaveLength(5);
  for (const note of below) {
    expect(note).toMatchObject({ hooked: true, attached: false, resources: [], packages: [] });
  }
  expect(readdirSync(dir)).toEqual([]);
});

test('of the processes that lead to a server only the server itself is instrumented and listens', async () => {
  const { nodeOptions, notes } = witness();
  const dir = emptyFolder();
  const cwd = serverProject();
  const launcher =
    "import { spawn } from 'node:child_process';\nspawn('node', ['server.mjs'], { stdio: 'inherit' });\n";
  writeFileSync(join(cwd, 'launcher.mjs'), launcher);
  const env = { NODE_OPTIONS: nodeOptions, MCP_VITALS_DISCOVERY_DIR: dir, MCP_VITALS_PORT: '0' };
  const child = start(['run', '--', 'node', 'launcher.mjs'], { cwd, env });
  const ended = outcome(child);
  const client = new StdioRpcClient(child);
  await initialize(client);
  await expect.poll(() => readdirSync(dir), { timeout: 10_000 }).toHaveLength(1);
  child.stdin?.end();
  expect(await ended).toMatchObject({ code: 0, err: '' });
  const attached = notesIn(notes).filter((note) => note.attached);
  expect(attached.map(({ entry }) => entry)).toEqual([join(cwd, 'server.mjs')]);
  expect(attached[0]?.packages).not.toEqual([]);
  expect(notesIn(notes)).toHaveLength(3);
});
