import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { InstrumentedServer, stopServers } from '../../support/instrumented-server.ts';
import { HttpRpcClient, initialize, type RpcMessage, StdioRpcClient } from '../../support/json-rpc-client.ts';
import type { DecodedSpan } from '../../support/otlp-receiver.ts';
import { verifies } from '../../support/verifies.ts';
import { ExportingServer } from './exporting-server.ts';

const VARIANTS = [
  ['SDK 1', 'server-v1.mjs', []],
  ['SDK 2 behind serveStdio', 'server-v2.mjs', ['serve']],
] as const;

const THROWN = ['error', 'undefined', 'null', 'string', 'null-prototype', 'coded error', 'hostile getters'];

function line(id: unknown, method: string, params?: unknown): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
}
const callLine = (id: unknown, name: string, args: unknown = {}): string => {
  return line(id, 'tools/call', { name, arguments: args });
};
const cancelLine = (requestId: unknown, reason?: string): string => {
  return `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId, reason } })}\n`;
};

/** The error types of the spans of a request. */
const errorsOf = (spans: readonly DecodedSpan[]): unknown[] => spans.map((span) => span.attributes['error.type']);

/** Answers without their order, which the delays of the tools decide. */
const sorted = (messages: readonly RpcMessage[]): string[] => messages.map((message) => JSON.stringify(message)).sort();

describe.each(VARIANTS)('an operation of a server on %s', (_name, script, argv) => {
  let server: ExportingServer | undefined;
  afterEach(async () => {
    await server?.stop();
    await stopServers();
  });

  async function start(): Promise<ExportingServer> {
    server = await ExportingServer.start(script, { arguments: argv });
    await server.process.url();
    return server;
  }

  /** The last request is answered after everything that was going to be. */
  async function settle(current: ExportingServer): Promise<void> {
    await current.call('slow', { ms: 400 }, 'settled');
    await current.process.snapshotWhen(({ requests }) => requests.active === 0 && requests.queued === 0);
    await current.span('settled');
  }

  /** What the same program answers to the same lines without us. */
  async function bareAnswers(lines: readonly string[]): Promise<string[]> {
    const url = new URL(`fixtures/${script}`, import.meta.url);
    const bare = await InstrumentedServer.start(fileURLToPath(url), { instrumented: false, arguments: argv });
    const client = new StdioRpcClient(bare.child);
    await initialize(client);
    for (const text of lines) client.write(text);
    client.write(callLine('settled', 'slow', { ms: 400 }));
    await client.waitFor((message) => message.id === 'settled');
    return sorted(client.received);
  }

  it('that nobody answers is in flight until it is cancelled, ends once and says why', async () => {
    verifies('LAT-01');
    const current = await start();
    const { client } = current;
    client.write(callLine('abandoned', 'never'));
    const waiting = await current.process.snapshotWhen(({ requests }) => requests.active === 1);
    expect(waiting.operations.find(({ name }) => name === 'tools/call never')?.active).toBe(1);
    const lines = [
      cancelLine('abandoned', 'gave up'),
      callLine('changed mind', 'slow', { ms: 300 }),
      cancelLine('changed mind', 'the user changed her mind'),
      callLine('timed out', 'never'),
      cancelLine('timed out', 'McpError: MCP error -32001: Request timed out'),
      callLine(77, 'never'),
      cancelLine(77),
      // Not cancelled by SDK 1, which takes 0 for no id.
      callLine(0, 'slow', { ms: 60 }),
      cancelLine(0, 'is it falsy?'),
      callLine('kept', 'slow', { ms: 10 }),
      cancelLine('somebody else', 'no such request'),
      cancelLine({ not: 'an id' }),
      cancelLine(undefined),
      '{"jsonrpc":"2.0","method":"notifications/cancelled"}\n',
    ];
    for (const text of lines) client.write(text);
    await settle(current);
    expect(sorted(client.received)).toEqual(await bareAnswers([callLine('abandoned', 'never'), ...lines]));
    expect(client.received.map(({ id }) => id)).not.toContain('changed mind');
    expect(errorsOf(current.spansOf('changed mind'))).toEqual(['cancelled']);
    expect(errorsOf(current.spansOf('timed out'))).toEqual(['timeout']);
    expect(errorsOf(current.spansOf(77))).toEqual(['cancelled']);
    expect(errorsOf(current.spansOf('kept'))).toEqual([undefined]);
    expect(errorsOf(current.spansOf('abandoned'))).toEqual(['cancelled']);
    const zeroAnswered = client.received.some(({ id }) => id === 0);
    expect(errorsOf(current.spansOf(0))).toEqual([zeroAnswered ? undefined : 'cancelled']);
    const [cancelled] = current.spansOf('changed mind');
    expect(Number((cancelled as DecodedSpan).endNs - (cancelled as DecodedSpan).startNs) / 1e6).toBeLessThan(300);
    expect(cancelled?.statusCode).toBe(2);
  });

  it('has one span under every id a client can think of, also under one that is in use', async () => {
    verifies('LAT-01');
    const current = await start();
    const ids = [0, -1, 1e15, '', 'ünï\u0000cödé', '__proto__', 'x'.repeat(2000), 'twice', 'twice', 'twice'];
    const lines = ids.map((id, index) => callLine(id, 'slow', { ms: 20 + (index % 3) * 10 }));
    // Not requests by the protocol: the SDK drops them.
    const dropped = [1.5, null, true, { id: 1 }, [1]].map((id) => callLine(id, 'echo', { text: 'dropped' }));
    lines.push(...dropped, `[${callLine('in a batch', 'echo', { text: 'x' }).trim()}]\n`);
    for (const text of lines) current.client.write(text);
    await settle(current);
    expect(sorted(current.client.received)).toEqual(await bareAnswers(lines));
    const answered = current.client.received.filter(({ id }) => id !== 'settled').length - 1;
    const spans = current.receiver.spans.filter((span) => span.attributes['gen_ai.tool.name'] === 'slow');
    expect(spans).toHaveLength(answered + 1);
    for (const id of ids.filter((candidate) => candidate !== 'twice')) {
      expect([id, current.spansOf(String(id).slice(0, 1024)).length]).toEqual([id, 1]);
    }
    expect(errorsOf(current.spansOf('twice'))).toEqual([undefined, undefined, undefined]);
  });

  it('whose handler throws anything at all is closed, answered or not', async () => {
    verifies('LAT-01', 'NFR-05');
    const current = await start();
    const requests = THROWN.flatMap((what) =>
      [false, true].flatMap((later) => [
        { id: `tool ${what} ${later}`, text: callLine(`tool ${what} ${later}`, 'throw', { what, later }) },
        {
          id: `handler ${what} ${later}`,
          text: line(`handler ${what} ${later}`, 'example/throw', { what, later }),
        },
      ]),
    );
    const lines = [
      ...requests.map(({ text }) => text),
      callLine('unserializable', 'unserializable'),
      line('progress', 'tools/call', { name: 'slow', arguments: { ms: 10 }, _meta: { progressToken: 'token' } }),
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"nobody","progress":1}}\n',
    ];
    for (const text of lines) current.client.write(text);
    await settle(current);
    expect(sorted(current.client.received)).toEqual(await bareAnswers(lines));
    for (const id of [...requests.map((request) => request.id), 'unserializable']) {
      const spans = current.spansOf(id);
      const answer = current.client.received.find((message) => message.id === id);
      const code = answer?.error?.code;
      const failed = answer === undefined || answer.result?.['isError'] === true || code !== undefined;
      expect([id, spans.length]).toEqual([id, 1]);
      expect([id, 'error.type' in (spans[0]?.attributes ?? {})]).toEqual([id, failed && code !== -32602]);
    }
    expect(errorsOf(current.spansOf('progress'))).toEqual([undefined]);
    // At least one of them is never answered by the SDK itself: that is what the test is about.
    const unanswered = requests.filter(({ id }) => !current.client.received.some((message) => message.id === id));
    expect(unanswered.length).toBeGreaterThan(0);
  });
});

describe('an operation over Streamable HTTP', () => {
  let server: ExportingServer | undefined;
  const clients: HttpRpcClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await server?.stop();
  });

  async function connect(current: ExportingServer): Promise<HttpRpcClient> {
    const [, port] = await current.process.stderrMatch(/listening on (\d+)/);
    const client = new HttpRpcClient(`http://127.0.0.1:${port}/mcp`);
    clients.push(client);
    await initialize(client);
    await current.process.url();
    return client;
  }

  it('ends when its session is deleted while the tool is running', async () => {
    verifies('LAT-01');
    server = await ExportingServer.start('closing-v1.mjs', { initialize: false });
    const client = await connect(server);
    void client.request('tools/call', { name: 'slow', arguments: { ms: 300 } }, 'cut').catch(() => {});
    await server.process.snapshotWhen(({ requests }) => requests.active === 1);
    await client.delete();
    const closed = await server.process.snapshotWhen(({ requests }) => requests.active === 0);
    expect(closed.sessions.active).toBe(0);
    const span = await server.span('cut');
    expect(span.attributes).toMatchObject({
      'error.type': 'connection_closed',
      'mcp.session.id': 'session-1',
      'mcp.protocol.version': '2025-06-18',
      'network.transport': 'tcp',
      'network.protocol.name': 'http',
    });
    await delay(350);
    expect(server.spansOf('cut')).toHaveLength(1);
  });

  it('ends when its answer finds nobody on the connection any more', async () => {
    verifies('LAT-01');
    server = await ExportingServer.start('closing-v1.mjs', { initialize: false });
    const client = await connect(server);
    void client.request('tools/call', { name: 'slow', arguments: { ms: 300 } }, 'gone').catch(() => {});
    await server.process.snapshotWhen(({ requests }) => requests.active === 1);
    client.close();
    await server.process.snapshotWhen(({ requests }) => requests.active === 0);
    await server.span('gone');
    expect(server.spansOf('gone')).toHaveLength(1);
  });
});
