// The server under test: as small as a server can be, so that what is measured is the way through the SDK.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

/** @param wrapHandler what an engineer would put around a handler; by default nothing */
export function createEchoServer(wrapHandler = (_name, handler) => handler) {
  const server = new McpServer({ name: 'ladder', version: '1.0.0' });
  const handler = async ({ text }) => ({ content: [{ type: 'text', text }] });
  server.registerTool('echo', { inputSchema: { text: z.string() } }, wrapHandler('echo', handler));
  return server;
}
