// A server with ten tools; the parent calls them and asks for the memory it takes. Argument: folder of the built product, or none.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

const [build] = process.argv.slice(2);
const server = new McpServer({ name: 'memory', version: '1.0.0' });
for (let tool = 0; tool < 10; tool += 1) {
  server.registerTool(`tool-${tool}`, { inputSchema: { text: z.string() } }, async ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
}
await server.connect(new StdioServerTransport());

const commands = {
  /** Waits until everything is loaded; answers the address of the status endpoint. */
  async started() {
    if (build === undefined) return undefined;
    const { attachment } = await import(pathToFileURL(join(build, 'sdk/attach.js')).href);
    return (await attachment.start()).url;
  },
  /** What the process occupies as it is, then what is left of its heap after a full collection. */
  memory() {
    const { rss } = process.memoryUsage();
    globalThis.gc();
    const { heapUsed, external, rss: rssCollected } = process.memoryUsage();
    return { rss, rssCollected, heapUsed, external };
  },
};
process.on('message', async ({ id, command }) => process.send({ id, value: await commands[command]() }));
process.on('disconnect', () => process.exit());
process.send({ id: 0 });
