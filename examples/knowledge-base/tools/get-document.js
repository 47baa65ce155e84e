// @ts-check
import { z } from 'zod';

/**
 * @param {import('@modelcontextprotocol/sdk/server/mcp.js').McpServer} server
 * @param {import('../knowledge-base.js').KnowledgeBase} knowledgeBase
 */
export function registerGetDocument(server, knowledgeBase) {
  server.registerTool(
    'kb.get_document',
    {
      title: 'Read a document',
      description: 'Returns the full text of a document by the id that a search result names.',
      inputSchema: { id: z.string().min(1).max(200) },
      annotations: { readOnlyHint: true },
    },
    async ({ id }) => {
      const document = await knowledgeBase.get(id);
      if (document === undefined) {
        return { isError: true, content: [{ type: 'text', text: `There is no document "${id}".` }] };
      }
      return { content: [{ type: 'text', text: document.text }] };
    },
  );
}
