import { Client as ClientV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { McpServer as McpServerV2 } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { ClientOperation } from '../../../src/mcp/client/client-operation.ts';
import { Instrumentation } from '../../../src/mcp/instrumentation.ts';
import type { Operation } from '../../../src/mcp/operation.ts';
import type { OperationTally } from '../../../src/mcp/operation-tally.ts';

export const GENERATIONS = [1, 2] as const;
export type Generation = (typeof GENERATIONS)[number];

/** What tests call on a client of either generation; both accept it, only their types differ. */
export interface AnyClient {
  connect(transport: unknown): Promise<void>;
  callTool(params: { name: string; arguments?: Record<string, unknown> }): Promise<Record<string, unknown>>;
  listTools(): Promise<{ tools: { name: string }[] }>;
  ping(): Promise<unknown>;
  notification(notification: { method: string; params?: Record<string, unknown> }): Promise<void>;
  readResource(params: { uri: string }): Promise<unknown>;
  close(): Promise<void>;
}

const text = (value: string): { content: { type: 'text'; text: string }[] } => ({
  content: [{ type: 'text', text: value }],
});

/** What a tool of the test server may do besides answering. */
export interface Behaviour {
  /** Called by the tool `waits`, which answers when it settles. */
  wait(): Promise<void>;
}

function serverOf(generation: Generation, behaviour: Behaviour): { connect(transport: unknown): Promise<void> } {
  const handlers = {
    echo: ({ said }: { said: string }) => text(said),
    refuses: () => ({ ...text('no'), isError: true }),
    waits: async () => {
      await behaviour.wait();
      return text('at last');
    },
  };
  const info = { name: 'asked', version: '1.0.0' };
  if (generation === 1) {
    const server = new McpServerV1(info);
    server.registerTool('echo', { inputSchema: { said: z.string() } }, handlers.echo);
    server.registerTool('refuses', {}, handlers.refuses);
    server.registerTool('waits', {}, handlers.waits);
    server.registerTool('asks', {}, async () => {
      await server.server.ping();
      return text('asked');
    });
    return server as never;
  }
  const server = new McpServerV2(info);
  server.registerTool('echo', { inputSchema: z.object({ said: z.string() }) }, handlers.echo);
  server.registerTool('refuses', {}, handlers.refuses);
  server.registerTool('waits', {}, handlers.waits);
  server.registerTool('asks', {}, async (ctx) => {
    await ctx.mcpReq.send({ method: 'ping' });
    return text('asked');
  });
  return server as never;
}

function clientOf(generation: Generation): AnyClient {
  const info = { name: 'asking', version: '1.0.0' };
  return (generation === 1 ? new ClientV1(info) : new ClientV2(info)) as never;
}

/** Everything that was recorded in this process, in the order in which it ended. */
export class Recording {
  readonly instrumentation: Instrumentation = new Instrumentation();
  readonly sent: { operation: ClientOperation; entry: OperationTally }[] = [];
  readonly served: Operation[] = [];

  constructor() {
    this.instrumentation.clients.onFinished = (operation, entry) => this.sent.push({ operation, entry });
    this.instrumentation.recorder.onFinished = (operation) => this.served.push(operation);
  }

  clear(): void {
    this.sent.length = 0;
    this.served.length = 0;
  }

  /** `method outcome` of everything a client has sent, or of what a server has. */
  sentBy(side: 'client' | 'server'): string[] {
    return this.sent
      .filter(({ operation }) => operation.connection.isClient === (side === 'client'))
      .map(({ operation, entry }) => `${entry.name} ${operation.outcome.errorType || 'ok'}`);
  }
}

export interface Pair {
  readonly client: AnyClient;
  readonly clientTransport: InMemoryTransport;
  readonly serverTransport: InMemoryTransport;
}

/** A client connected to a server in memory, both measured by the same instrumentation. */
export async function connectPair(
  recording: Recording,
  generations: { client: Generation; server: Generation },
  behaviour: Behaviour = { wait: async () => {} },
): Promise<Pair> {
  const [clientTransport, serverTransport] = InMemoryTransport.createLinkedPair();
  const server = serverOf(generations.server, behaviour);
  const client = clientOf(generations.client);
  recording.instrumentation.adopt(server);
  recording.instrumentation.adopt(client);
  await server.connect(serverTransport);
  await client.connect(clientTransport);
  return { client, clientTransport, serverTransport };
}
