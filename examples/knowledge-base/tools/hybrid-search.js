// @ts-check
import { z } from 'zod';

const result = z.object({
  documentId: z.string(),
  title: z.string(),
  passage: z.string(),
  score: z.number().describe('reciprocal rank fusion score; comparable within one answer only'),
  ranks: z.object({ text: z.number().int().optional(), vector: z.number().int().optional() }),
});

/**
 * @param {import('@modelcontextprotocol/sdk/server/mcp.js').McpServer} server
 * @param {import('../knowledge-base.js').KnowledgeBase} knowledgeBase
 */
export function registerHybridSearch(server, knowledgeBase) {
  server.registerTool(
    'kb.hybrid_search',
    {
      title: 'Search the knowledge base',
      description: 'Finds passages by words and by similarity and ranks them together.',
      inputSchema: {
        query: z.string().trim().min(1).max(500).describe('what to look for, in plain words'),
        limit: z.number().int().min(1).max(50).default(5).describe('how many passages to return'),
      },
      outputSchema: { results: z.array(result) },
      annotations: { readOnlyHint: true },
    },
    async ({ query, limit }) => {
      const structuredContent = { results: await knowledgeBase.search(query, limit) };
      return { structuredContent, content: [{ type: 'text', text: JSON.stringify(structuredContent) }] };
    },
  );
}
