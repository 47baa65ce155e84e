import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client as ClientV2, SSEClientTransport as SseClientV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as SseClientV1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';
import { type AnyClient, GENERATIONS, type Generation, Recording } from './pairs.ts';

const recording = new Recording();
const { instrumentation } = recording;
const { clients } = instrumentation;
let http: Server;
let url: URL;

/** HTTP+SSE as servers of 2024 speak it: a stream to the client, and an address it posts to. */
beforeAll(async () => {
  const transports = new Map<string, SSEServerTransport>();
  http = createServer(async (request, response) => {
    const sessionId = new URL(request.url ?? '', 'http://local').searchParams.get('sessionId');
    if (sessionId !== null) {
      await transports.get(sessionId)?.handlePostMessage(request, response);
      return;
    }
    const transport = new SSEServerTransport('/messages', response);
    transports.set(transport.sessionId, transport);
    const server = new McpServer({ name: 'asked', version: '1.0.0' });
    server.registerTool('echo', {}, () => ({ content: [] }));
    server.registerTool('refuses', {}, () => ({ content: [], isError: true }));
    instrumentation.adopt(server);
    await server.connect(transport);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}/sse`);
});
afterAll(() => {
  http.closeAllConnections();
  http.close();
});
beforeEach(() => recording.clear());

async function connected(generation: Generation): Promise<AnyClient> {
  const info = { name: 'asking', version: '1.0.0' };
  const client = (generation === 1 ? new ClientV1(info) : new ClientV2(info)) as unknown as AnyClient;
  instrumentation.adopt(client);
  await client.connect(generation === 1 ? new SseClientV1(url) : new SseClientV2(url));
  return client;
}

describe.each(GENERATIONS)('a client of SDK %d over HTTP+SSE', (generation) => {
  it('has every operation once on its side and once on the side of the server', async () => {
    verifies('REG-04');
    const client = await connected(generation);
    await client.listTools();
    await client.callTool({ name: 'echo' });
    await client.callTool({ name: 'refuses' });
    expect(recording.sentBy('client')).toEqual([
      'initialize ok',
      'notifications/initialized ok',
      'tools/list ok',
      'tools/call echo ok',
      'tools/call refuses tool_error',
    ]);
    const served = recording.served.map(({ method, requestedName }) => [method, requestedName].join(' ').trim());
    expect(served.sort()).toEqual(
      ['initialize', 'notifications/initialized', 'tools/call echo', 'tools/call refuses', 'tools/list'].sort(),
    );
    const { connection } = recording.sent[0]?.operation ?? {};
    expect(connection?.kind).toMatchObject({ transport: 'tcp', protocolName: 'http' });
    expect(connection?.clientSide).toMatchObject({ address: '127.0.0.1', port: Number(url.port) });
    const open = clients.sessions.open.size;
    await client.close();
    expect(clients.active).toBe(0);
    expect(clients.sessions.open.size).toBe(open - 1);
  });
});
