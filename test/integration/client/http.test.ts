import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Recording } from './pairs.ts';

const recording = new Recording();
const { clients } = recording.instrumentation;
let http: Server;
let url: URL;
let received = 0;

/** Revision 2026-07-28 over HTTP: giving up a request closes its connection and sends nothing. */
function newServer(): McpServer {
  const server = new McpServer({ name: 'asked', version: '1.0.0' }, { capabilities: { tools: { listChanged: true } } });
  server.registerTool('waits', {}, (ctx) => {
    received += 1;
    return new Promise((resolve) => {
      ctx.mcpReq.signal.addEventListener('abort', () => resolve({ content: [] }));
    });
  });
  return server;
}

async function connected(): Promise<Client> {
  const client = new Client({ name: 'asking', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
  recording.instrumentation.adopt(client);
  await client.connect(new StreamableHTTPClientTransport(url));
  return client;
}

beforeAll(async () => {
  http = createServer(toNodeHandler(createMcpHandler(() => newServer())) as unknown as RequestListener);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`);
});
afterAll(() => {
  http.closeAllConnections();
  http.close();
});
beforeEach(() => {
  recording.clear();
  received = 0;
});

describe('a client of the revision without sessions over HTTP', () => {
  it('ends what is given up without a word to the server as a timeout or as cancelled', async () => {
    const client = await connected();
    expect(recording.sentBy('client')).toEqual(['server/discover ok']);
    expect(recording.sent[0]?.operation.connection).toMatchObject({
      kind: { transport: 'tcp', protocolName: 'http' },
      clientSide: { address: '127.0.0.1', port: Number(url.port) },
    });
    recording.clear();
    await expect(client.callTool({ name: 'waits' }, { timeout: 30 })).rejects.toThrow();
    received = 0;
    const controller = new AbortController();
    const aborted = client.callTool({ name: 'waits' }, { signal: controller.signal });
    while (received === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort(new Error('changed my mind'));
    await expect(aborted).rejects.toThrow();
    expect(recording.sent.map(({ operation }) => operation.outcome.errorType)).toEqual(['timeout', 'cancelled']);
    expect(clients.active).toBe(0);
    await client.close();
  });

  it('takes the acknowledgement of a subscription for its answer, however long it lasts', async () => {
    const client = await connected();
    recording.clear();
    const subscription = await client.listen({ toolsListChanged: true });
    expect(recording.sentBy('client')).toEqual(['subscriptions/listen ok']);
    expect(clients.active).toBe(0);
    await subscription.close();
    await client.close();
  });

  it('has no session', async () => {
    const before = clients.sessions.series.length;
    const client = await connected();
    await client.close();
    expect(clients.sessions.open.size).toBe(0);
    expect(clients.sessions.series.length).toBe(before);
  });
});

describe('a client whose server is not there, or no MCP server', () => {
  it('says what went wrong: the class of the error, or the HTTP status', async () => {
    const stranger = createServer((_request, response) => response.writeHead(503).end('not now'));
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const address = new URL(`http://127.0.0.1:${(stranger.address() as AddressInfo).port}/mcp`);
    const attempt = async (): Promise<string | undefined> => {
      const client = new ClientV1({ name: 'asking', version: '1.0.0' });
      recording.instrumentation.adopt(client);
      recording.clear();
      await expect(client.connect(new TransportV1(address) as never)).rejects.toThrow();
      await client.close();
      return recording.sentBy('client')[0];
    };
    expect(await attempt()).toBe('initialize 503');
    await new Promise((resolve) => stranger.close(resolve));
    expect(await attempt()).toBe('initialize TypeError');
    expect(clients.active).toBe(0);
  });
});
