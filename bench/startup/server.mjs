// A server as users write one, which tells the parent what it cost to get to its first answer.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

const server = new McpServer({ name: 'startup', version: '1.0.0' });
server.registerTool('echo', { inputSchema: { text: z.string() } }, async ({ text }) => ({
  content: [{ type: 'text', text }],
}));

// The first line on standard output is the answer to `initialize`; what happens after it is not start-up.
const write = process.stdout.write;
process.stdout.write = function (...args) {
  process.stdout.write = write;
  const written = Reflect.apply(write, this, args);
  const { user, system } = process.cpuUsage();
  process.send({ id: 0, cpuMs: (user + system) / 1000, elapsedMs: performance.now() });
  return written;
};
await server.connect(new StdioServerTransport());
