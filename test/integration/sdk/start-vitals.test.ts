import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A program that starts the monitoring itself, before or after its server exists, calls a tool, and prints what was measured. */
const program = (generation: 1 | 2, isLate: boolean): string => `
import { startVitals } from 'mcp-vitals';
const load = async () => ${
  generation === 1
    ? `({ ...(await import('@modelcontextprotocol/sdk/server/mcp.js')), ...(await import('@modelcontextprotocol/sdk/client/index.js')),
      ...(await import('@modelcontextprotocol/sdk/inMemory.js')) })`
    : "({ ...(await import('@modelcontextprotocol/client')), ...(await import('@modelcontextprotocol/server')) })"
};
const create = async () => {
  const { McpServer, Client, InMemoryTransport } = await load();
  const server = new McpServer({ name: 'in code', version: '1.0.0' });
  server.registerTool('work', {}, () => ({ content: [] }));
  const client = new Client({ name: 'asking', version: '1.0.0' });
  return { server, client, ends: InMemoryTransport.createLinkedPair() };
};
const start = () => startVitals({ service: { name: 'started in code' }, status: { port: 0 } });
const early = ${isLate} ? await create() : undefined;
const vitals = await start();
if (early !== undefined) vitals.instrument(early.server);
const { server, client, ends } = early ?? (await create());
await Promise.all([server.connect(ends[0]), client.connect(ends[1])]);
await client.callTool({ name: 'work' });
await client.callTool({ name: 'work' });
const { service, operations } = vitals.snapshot();
const page = await (await fetch(vitals.url + '/metrics')).text();
await client.close();
await vitals.flush();
await vitals.shutdown();
const refused = await fetch(vitals.url + '/metrics').then(() => false, () => true);
const counted = operations.map(({ name, count }) => [name, count]).filter(([name]) => name.startsWith('tools/'));
const { length } = page.split('\\n').filter((line) => /^mcp_server_operation_duration_seconds_count\\{.*"work".*\\} 2$/.test(line));
console.log(JSON.stringify({ service: service.name, counted, onPage: length, refused }));
`;

const discovery = mkdtempSync(join(tmpdir(), 'mcp-vitals-started-'));
afterAll(() => rmSync(discovery, { recursive: true }));

describe('startVitals in the code of a program, without --import', () => {
  it.each([
    { generation: 1, isLate: true },
    { generation: 2, isLate: false },
  ] as const)(
    'measures a server on SDK $generation, made before it: $isLate, until it is shut down',
    async ({ generation, isLate }) => {
      verifies('REG-03');
      const code = program(generation, isLate);
      const argv = ['--input-type=module', '--eval', code];
      const env = { ...process.env, MCP_VITALS_DISCOVERY_DIR: discovery };
      const { stdout, stderr } = await run(process.execPath, argv, { cwd: ROOT, timeout: 25_000, env });
      expect(JSON.parse(stdout)).toEqual({
        service: 'started in code',
        counted: [['tools/call work', 2]],
        onPage: 1,
        refused: true,
      });
      expect(stderr).toBe('');
    },
  );

  // The error of the first call was thrown again by every later one, and options that came too late were dropped in silence.
  it('starts with the options of a second call when the first ones were not valid, and says which came too late', async () => {
    verifies('REG-03');
    const code = `
      import { startVitals } from 'mcp-vitals';
      const refused = await startVitals({ windowMs: -1 }).then(() => false, ({ name }) => name);
      const vitals = await startVitals({ service: { name: 'second try' }, status: { port: 0 } });
      const again = await startVitals({ service: { name: 'third' } });
      const names = [vitals, again].map((each) => each.snapshot().service.name);
      await startVitals();
      await vitals.shutdown();
      console.log(JSON.stringify({ refused, names }));
    `;
    const env = { PATH: process.env['PATH'], MCP_VITALS_DISCOVERY_DIR: discovery };
    const argv = ['--input-type=module', '--eval', code];
    const { stdout, stderr } = await run(process.execPath, argv, { cwd: ROOT, env });
    expect(JSON.parse(stdout)).toEqual({ refused: 'ConfigError', names: ['second try', 'second try'] });
    expect(stderr).toBe(
      'mcp-vitals warn: monitoring runs already: the options of startVitals came too late and are not used\n',
    );
  });
});
