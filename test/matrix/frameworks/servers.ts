/**
 * The same small server as a user of each framework writes it: a tool `greet` that wants a name, a tool `fail` that throws.
 * Texts, because their imports exist only beside the framework.
 */

/** For frameworks that answer Fetch requests and leave the server to the application. */
export const MCP_HANDLER_SERVER = `
import { createServer } from 'node:http';
import { createMcpHandler } from 'mcp-handler';
import { z } from 'zod';

const handler = createMcpHandler(
  (server) => {
    const greeting = { description: 'Greets somebody', inputSchema: z.object({ name: z.string() }) };
    server.registerTool('greet', greeting, async ({ name }) => ({
      content: [{ type: 'text', text: 'Hello, ' + name + '!' }],
    }));
    server.registerTool('fail', { inputSchema: z.object({}) }, async () => {
      throw new Error('as it should');
    });
  },
  { serverInfo: { name: 'written with mcp-handler', version: '1.0.0' } },
);
const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method, headers } = request;
  const body = chunks.length === 0 ? undefined : Buffer.concat(chunks);
  const answer = await handler(new Request('http://' + headers.host + request.url, { method, headers, body }));
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  for await (const chunk of answer.body ?? []) response.write(chunk);
  response.end();
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.error('listening'));
`;

export const MCP_FRAMEWORK_SERVER = `
import { fileURLToPath } from 'node:url';
import { MCPServer } from 'mcp-framework';

const server = new MCPServer({
  name: 'written with mcp-framework',
  version: '1.0.0',
  basePath: fileURLToPath(new URL('application', import.meta.url)),
  transport: { type: 'stdio' },
});
await server.start();
`;

export const MCP_FRAMEWORK_GREET = `
import { MCPTool } from 'mcp-framework';
import { z } from 'zod';

export default class GreetTool extends MCPTool {
  name = 'greet';
  description = 'Greets somebody';
  schema = z.object({ name: z.string().describe('Who') });
  async execute({ name }) {
    return 'Hello, ' + name + '!';
  }
}
`;

export const MCP_FRAMEWORK_FAIL = `
import { MCPTool } from 'mcp-framework';
import { z } from 'zod';

export default class FailTool extends MCPTool {
  name = 'fail';
  description = 'Fails';
  schema = z.object({});
  async execute() {
    throw new Error('as it should');
  }
}
`;

export const MASTRA_SERVER = `
import { createTool } from '@mastra/core/tools';
import { MCPServer } from '@mastra/mcp';
import { z } from 'zod';

const greet = createTool({
  id: 'greet',
  description: 'Greets somebody',
  inputSchema: z.object({ name: z.string() }),
  execute: async ({ name }) => 'Hello, ' + name + '!',
});
const fail = createTool({
  id: 'fail',
  description: 'Fails',
  inputSchema: z.object({}),
  execute: async () => {
    throw new Error('as it should');
  },
});
const server = new MCPServer({ id: 'small', name: 'written with mastra', version: '1.0.0', tools: { greet, fail } });
await server.startStdio();
`;

export const XMCP_CONFIG = `
import type { XmcpConfig } from 'xmcp';

const config: XmcpConfig = {
  stdio: true,
  paths: { tools: './src/tools', prompts: false, resources: false },
};
export default config;
`;

export const XMCP_TSCONFIG = `{
  "compilerOptions": { "target": "es2022", "module": "esnext", "moduleResolution": "bundler", "skipLibCheck": true },
  "include": ["src", "xmcp.config.ts"]
}
`;

export const XMCP_GREET = `
import { z } from 'zod';

export const schema = { name: z.string().describe('Who') };
export const metadata = { name: 'greet', description: 'Greets somebody' };
export default async function greet({ name }: { name: string }) {
  return 'Hello, ' + name + '!';
}
`;

export const XMCP_FAIL = `
export const schema = {};
export const metadata = { name: 'fail', description: 'Fails' };
export default async function fail(): Promise<string> {
  throw new Error('as it should');
}
`;

/** TypeScript with decorators. */
export const NEST_SERVER = `
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { MCP_STRATEGY, McpController, McpStrategy, StreamableHttpTransport, Tool } from '@rekog/mcp-nest';
import { z } from 'zod';

@McpController()
class GreetingController {
  @Tool({ name: 'greet', description: 'Greets somebody', parameters: z.object({ name: z.string() }) })
  async greet(@Payload() { name }: { name: string }) {
    return { content: [{ type: 'text', text: 'Hello, ' + name + '!' }] };
  }
  @Tool({ name: 'fail', description: 'Fails', parameters: z.object({}) })
  async fail() {
    throw new Error('as it should');
  }
}

const mcp = new McpStrategy({ name: 'written with NestJS', version: '1.0.0', transports: [new StreamableHttpTransport()] });

@Module({ controllers: [GreetingController], providers: [{ provide: MCP_STRATEGY, useValue: mcp }] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false });
mcp.setHttpAdapter(app.getHttpAdapter());
app.connectMicroservice({ strategy: mcp });
await app.startAllMicroservices();
await app.listen(Number(process.env.PORT), '127.0.0.1');
console.error('listening');
`;
