// @ts-check
import { z } from 'zod';

const PASSAGES = 5;

/**
 * `answer-with-sources`: a question together with the passages that may answer it.
 * @param {import('@modelcontextprotocol/sdk/server/mcp.js').McpServer} server
 * @param {import('./knowledge-base.js').KnowledgeBase} knowledgeBase
 */
export function registerAnswerPrompt(server, knowledgeBase) {
  server.registerPrompt(
    'answer-with-sources',
    {
      title: 'Answer with sources',
      description: 'Asks for an answer that rests on the knowledge base and names its sources.',
      argsSchema: { question: z.string().min(1).max(500) },
    },
    async ({ question }) => {
      const results = await knowledgeBase.search(question, PASSAGES);
      const sources = results.map(({ documentId, passage }, index) => `[${index + 1}] ${documentId}\n${passage}`);
      const text = [
        'Answer the question from these passages only and cite them by number. Say so if they do not answer it.',
        ...sources,
        `Question: ${question}`,
      ].join('\n\n');
      return { messages: [{ role: 'user', content: { type: 'text', text } }] };
    },
  );
}
