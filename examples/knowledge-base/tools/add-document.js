// @ts-check
import { z } from 'zod';

/**
 * @param {import('@modelcontextprotocol/sdk/server/mcp.js').McpServer} server
 * @param {import('../knowledge-base.js').KnowledgeBase} knowledgeBase
 */
export function registerAddDocument(server, knowledgeBase) {
  server.registerTool(
    'kb.add_document',
    {
      title: 'Add a document',
      description: 'Adds a document, or replaces the one with the same id; it can be found at once.',
      inputSchema: {
        id: z
          .string()
          .max(200)
          .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dots, hyphens and underscores'),
        title: z.string().trim().min(1).max(200),
        text: z.string().trim().min(1).max(50_000),
      },
      outputSchema: { id: z.string(), chunks: z.number().int() },
      annotations: { idempotentHint: true },
    },
    async ({ id, title, text }) => {
      const chunks = await knowledgeBase.add({ id, title, source: 'added by a client', text });
      server.sendResourceListChanged();
      return { structuredContent: { id, chunks }, content: [{ type: 'text', text: `Added "${title}" as ${id}.` }] };
    },
  );
}
