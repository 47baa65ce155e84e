import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeBlocks } from '../support/documents.ts';
import { initialize, StdioRpcClient } from '../support/json-rpc-client.ts';
import { verifies } from '../support/verifies.ts';
import { emptyProject, npmInstall, packTarball } from './npm.ts';
import { freePort } from './recording.ts';

const run = promisify(execFile);
const SERVERS = 5;

interface Listed {
  readonly service: string;
  readonly url: string;
  readonly operations: number;
}

interface ClientEntry {
  readonly command: string;
  readonly args: readonly string[];
}

/** The servers of the client configurations in the README, to be started as they stand there. */
function documentedEntries(): readonly ClientEntry[] {
  return codeBlocks(['README.md'])
    .filter(({ language }) => language === 'json')
    .map(({ code }) => JSON.parse(code) as Readonly<Record<string, Readonly<Record<string, ClientEntry>>>>)
    .flatMap(({ mcpServers = {}, servers = {} }) => Object.values({ ...mcpServers, ...servers }));
}

let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await emptyProject();
  const tarball = await packTarball(folder);
  await npmInstall(folder, [tarball.path, '@modelcontextprotocol/server-everything']);
}, 300_000);

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

test('five servers that a desktop starts at once by the configurations in the README answer, share the machine and are listed by ps', {
  timeout: 180_000,
}, async () => {
  verifies('REG-01');
  const discovery = join(folder, 'discovery');
  // What a client passes to a stdio server, and what its configuration adds. All of them want the same port.
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, MCP_VITALS_DISCOVERY_DIR: discovery, MCP_VITALS_PORT: `${await freePort()}` };
  const entries = documentedEntries();
  expect(entries.length).toBeGreaterThan(1);
  const servers = Array.from({ length: SERVERS }, (_, index) => {
    const { command, args } = entries[index % entries.length] as ClientEntry;
    const child = spawn(command, args, { cwd: folder, env });
    children.push(child);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    return { child, ended: once(child, 'close'), client: new StdioRpcClient(child), said: () => stderr };
  });
  const answers = await Promise.all(
    servers.map(async ({ client }, index) => {
      await initialize(client);
      await client.request('tools/call', { name: 'echo', arguments: { message: `hello ${index}` } });
      return await client.request('tools/call', { name: 'echo', arguments: { message: `again ${index}` } });
    }),
  );
  for (const [index, { result }] of answers.entries()) {
    expect(result).toMatchObject({ content: [{ text: expect.stringContaining(`again ${index}`) }] });
  }
  await expect.poll(() => readdirSync(discovery), { timeout: 60_000 }).toHaveLength(SERVERS);

  const { stdout } = await run('npx', ['mcp-vitals', 'ps', '--json'], { cwd: folder, env });
  const listed = JSON.parse(stdout) as Listed[];
  expect(new Set(listed.map(({ url }) => url)).size).toBe(SERVERS);
  expect(listed.map(({ service }) => service)).toEqual(Array(SERVERS).fill(expect.stringMatching(/everything/)));
  // `initialize`, its notification and two calls; what the server asks for by itself comes on top.
  for (const { operations } of listed) expect(operations).toBeGreaterThanOrEqual(4);
  const metrics = await Promise.all(listed.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  for (const text of metrics) {
    expect(text).toMatch(/^mcp_server_operation_duration_seconds_count\{[^}]*gen_ai_tool_name="echo"[^}]*\} 2$/m);
  }

  for (const { child } of servers) child.stdin.end();
  const ends = await Promise.all(servers.map(({ ended }) => ended));
  expect(ends.map(([code]) => code)).toEqual(Array(SERVERS).fill(0));
  const ofOurs = servers.map(({ said }) =>
    said()
      .split('\n')
      .filter((line) => line.startsWith('mcp-vitals')),
  );
  // The first has the port; each of the others says where it is instead.
  expect(ofOurs.flat()).toEqual(
    Array(SERVERS - 1).fill(expect.stringMatching(/^mcp-vitals warn: port \d+ is taken, status endpoint at http:\/\//)),
  );
  const after = await run('npx', ['mcp-vitals', 'ps', '--json'], { cwd: folder, env });
  expect(JSON.parse(after.stdout)).toEqual([]);
});
