import { Client } from '@modelcontextprotocol/client';
import { InMemoryTransport, McpServer } from '@modelcontextprotocol/server';
import { expect, it } from 'vitest';
import { Instrumentation } from '../../src/mcp/instrumentation.ts';
import { verifies } from '../support/verifies.ts';

// A NestJS module makes an `McpServer`, registers nothing on it and answers `tools/list` and `tools/call` below it. Its empty
// registry counted as the one place where names are, and a tool that only ever failed stayed `_OTHER`.
it('a tool that an McpServer lists without having registered it has its name, even when it only fails', async () => {
  verifies('REG-02');
  const instrumentation = new Instrumentation();
  const counted: string[] = [];
  instrumentation.recorder.onFinished = (_operation, entry) => counted.push(entry.name);

  const server = new McpServer({ name: 'bypassed', version: '1.0.0' }, { capabilities: { tools: {} } });
  const inputSchema = { type: 'object' as const };
  server.server.setRequestHandler('tools/list', () => ({ tools: [{ name: 'fails', inputSchema }] }));
  server.server.setRequestHandler('tools/call', () => ({ content: [], isError: true }));
  instrumentation.adopt(server);
  const [near, far] = InMemoryTransport.createLinkedPair();
  await server.connect(far);
  const client = new Client({ name: 'asking', version: '1.0.0' });
  await client.connect(near);
  await client.listTools();
  await client.callTool({ name: 'fails' });
  await client.callTool({ name: 'made up' });
  await client.close();

  expect(counted.filter((name) => name.startsWith('tools/call'))).toEqual(['tools/call fails', 'tools/call _OTHER']);
});
