// @ts-check
import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';

/** Enough to browse; the search is there for the rest. */
const MAX_LISTED = 100;
const MIME_TYPE = 'text/markdown';

/**
 * Every document as `kb://documents/{id}`, and figures about the knowledge base as `kb://statistics`.
 * @param {import('@modelcontextprotocol/sdk/server/mcp.js').McpServer} server
 * @param {import('./knowledge-base.js').KnowledgeBase} knowledgeBase
 */
export function registerDocumentResources(server, knowledgeBase) {
  const template = new ResourceTemplate('kb://documents/{id}', {
    list: async () => {
      const documents = await knowledgeBase.list(MAX_LISTED);
      return {
        resources: documents.map(({ id, title }) => ({
          uri: `kb://documents/${id}`,
          name: id,
          title,
          mimeType: MIME_TYPE,
        })),
      };
    },
  });
  server.registerResource(
    'document',
    template,
    { title: 'Document', description: 'The text of a document', mimeType: MIME_TYPE },
    async (uri, { id }) => {
      const document = await knowledgeBase.get(String(id));
      if (document === undefined) throw new McpError(ErrorCode.InvalidParams, `There is no document "${id}"`);
      return { contents: [{ uri: uri.href, mimeType: MIME_TYPE, text: document.text }] };
    },
  );

  server.registerResource(
    'statistics',
    'kb://statistics',
    { title: 'Statistics', description: 'Documents, chunks and use of the query cache', mimeType: 'application/json' },
    async (uri) => {
      const text = JSON.stringify(await knowledgeBase.statistics());
      return { contents: [{ uri: uri.href, mimeType: 'application/json', text }] };
    },
  );
}
