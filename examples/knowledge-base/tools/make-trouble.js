// @ts-check
import { z } from 'zod';
import { makeTrouble, TROUBLES } from '../trouble.js';

/**
 * For the demo only: lets a client slow this server down.
 * @param {import('@modelcontextprotocol/sdk/server/mcp.js').McpServer} server
 */
export function registerMakeTrouble(server) {
  server.registerTool(
    'kb.make_trouble',
    {
      title: 'Make trouble',
      description: 'Slows this server down in one of several ways, until it ends.',
      inputSchema: { trouble: z.enum(TROUBLES) },
    },
    async ({ trouble }) => {
      makeTrouble(trouble);
      return { content: [{ type: 'text', text: trouble }] };
    },
  );
}
