// @ts-check
/** The knowledge base as an MCP server: see README.md, or `node server.js --help`. */
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { serveHttp } from './http-transport.js';
import { indexCorpus } from './indexing.js';
import { createIndexingDisplay } from './indexing-display.js';
import { createMcpServer } from './mcp-server.js';
import { openKnowledgeBase } from './open-knowledge-base.js';
import { readSettings } from './settings.js';

/**
 * @param {import('./knowledge-base.js').KnowledgeBase} knowledgeBase
 * @param {import('./settings.js').Settings} settings
 * @returns {Promise<() => Promise<void>>} stops serving
 */
async function serve(knowledgeBase, settings) {
  if (settings.transport === 'http') {
    const { url, close } = await serveHttp(() => createMcpServer(knowledgeBase, settings), settings);
    console.error(`knowledge base ready on ${url}`);
    return close;
  }
  const server = createMcpServer(knowledgeBase, settings);
  await server.connect(new StdioServerTransport());
  console.error('knowledge base ready on stdio');
  return () => server.close();
}

/** @param {import('./settings.js').Settings} settings */
async function run(settings) {
  const { knowledgeBase, close } = await openKnowledgeBase(settings);
  /** @type {(() => Promise<void>) | undefined} */
  let stopServing;
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await stopServing?.();
    await close();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (settings.transport === 'stdio') process.stdin.once('end', stop);

  try {
    await indexCorpus(knowledgeBase, settings.corpus, createIndexingDisplay(process.stderr));
    stopServing = await serve(knowledgeBase, settings);
  } catch (error) {
    // Stopped while it was still indexing: the database is closed already.
    if (stopping) return;
    await close();
    throw error;
  }
}

try {
  const settings = readSettings(process.argv.slice(2), process.env);
  if ('usage' in settings) console.error(settings.usage);
  else await run(settings);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
