// @ts-check
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { registerAnswerPrompt } from './answer-prompt.js';
import { registerDocumentResources } from './document-resources.js';
import { registerAddDocument } from './tools/add-document.js';
import { registerGetDocument } from './tools/get-document.js';
import { registerHybridSearch } from './tools/hybrid-search.js';
import { registerMakeTrouble } from './tools/make-trouble.js';

/**
 * An MCP server over the knowledge base; each HTTP session has one of its own.
 * @param {import('./knowledge-base.js').KnowledgeBase} knowledgeBase
 * @param {{ withTrouble?: boolean }} [options] for the demo: a tool that slows the server down
 * @returns {McpServer}
 */
export function createMcpServer(knowledgeBase, { withTrouble = false } = {}) {
  const server = new McpServer({ name: 'knowledge-base', version: '1.0.0' });
  registerHybridSearch(server, knowledgeBase);
  registerGetDocument(server, knowledgeBase);
  registerAddDocument(server, knowledgeBase);
  registerDocumentResources(server, knowledgeBase);
  registerAnswerPrompt(server, knowledgeBase);
  if (withTrouble) registerMakeTrouble(server);
  return server;
}
