import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../package/recording.ts';
import { InstrumentedServer } from '../../support/instrumented-server.ts';
import { HttpRpcClient, initialize } from '../../support/json-rpc-client.ts';
import { FRAMEWORKS } from './frameworks.ts';
import { installFramework } from './install.ts';

/** An application whose own OpenTelemetry writes every span into a file, and then runs a program. */
const APPLICATION = fileURLToPath(new URL('../fixtures/guest.mjs', import.meta.url));
const SERVER = 1;

interface FiledSpan {
  readonly name: string;
  readonly kind: number;
  readonly scope: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

let server: InstrumentedServer;
let scratch = '';
afterEach(async () => {
  await server.stop();
  await rm(scratch, { recursive: true });
});

/** The spans an application with OpenTelemetry of its own gets of a server written with mcp-handler. */
async function spansOfMessages(env: Readonly<Record<string, string>>, instrumented = true): Promise<FiledSpan[]> {
  const framework = FRAMEWORKS.find(({ name }) => name === 'mcp-handler');
  if (framework === undefined) throw new Error('mcp-handler is not among the frameworks');
  const folder = await installFramework(framework);
  scratch = await mkdtemp(join(tmpdir(), 'mcp-vitals-handler-'));
  const spans = join(scratch, 'spans');
  const port = `${await freePort()}`;
  server = await InstrumentedServer.start(APPLICATION, {
    instrumented,
    env: { PROGRAM: join(folder, 'server.mjs'), SPANS: spans, PORT: port, ...env },
  });
  await server.stderrMatch(/listening/);
  const client = new HttpRpcClient(`http://127.0.0.1:${port}/`);
  await initialize(client);
  if (instrumented) await server.url();
  for (let calls = 0; calls < 3; calls += 1) {
    await client.request('tools/call', { name: 'greet', arguments: { name: 'you' } });
  }
  await client.request('tools/call', { name: 'fail', arguments: {} });
  client.close();
  const filed = (await readFile(spans, 'utf8')).trim().split('\n');
  const all = filed.map((line) => JSON.parse(line) as FiledSpan);
  return all.filter(({ kind, name }) => kind === SERVER && name.startsWith('tools/call'));
}

test('mcp-handler writes a span of its own of every message into the tracer provider of the application', async () => {
  const spans = await spansOfMessages({}, false);
  expect(spans.map(({ scope }) => scope)).toEqual(Array(4).fill('mcp-handler'));
});

test('beside ours every message is one span, which says what that of mcp-handler would have said', async () => {
  const spans = await spansOfMessages({});
  expect(spans.map(({ name, scope }) => [name, scope])).toEqual([
    ...Array(3).fill(['tools/call greet', 'mcp-vitals']),
    ['tools/call fail', 'mcp-vitals'],
  ]);
  const [greet, , , fail] = spans;
  expect(greet?.attributes).toMatchObject({
    'gen_ai.tool.name': 'greet',
    'vercel.rpc.route': 'mcp',
    'vercel.rpc.outcome': expect.any(String),
  });
  expect(fail?.attributes).toMatchObject({ 'error.type': 'tool_error', 'vercel.rpc.auth.outcome': 'anonymous' });
});

test.each(['propagate', 'off'])('in mode %s, where there are none of ours, mcp-handler has its spans', async (mode) => {
  const spans = await spansOfMessages({ MCP_VITALS_OTEL: mode });
  expect(spans.map(({ scope }) => scope)).toEqual(Array(4).fill('mcp-handler'));
});
