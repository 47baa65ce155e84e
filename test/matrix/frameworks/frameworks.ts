import {
  call,
  HELLO,
  HTTP_MASKS,
  modern,
  type Session,
  type Step,
  UNKNOWN_METHOD,
  UNKNOWN_TOOL,
} from '../../package/sessions.ts';
import { FASTMCP_SERVER } from '../../package/third-party.ts';
import type { NodeMajor } from '../../support/nodes.ts';
import {
  MASTRA_SERVER,
  MCP_FRAMEWORK_FAIL,
  MCP_FRAMEWORK_GREET,
  MCP_FRAMEWORK_SERVER,
  MCP_HANDLER_SERVER,
  NEST_SERVER,
  XMCP_CONFIG,
  XMCP_FAIL,
  XMCP_GREET,
  XMCP_TSCONFIG,
} from './servers.ts';

/** A framework for MCP servers, and a small server written with it. */
export interface Framework {
  /** The package, as the table calls it. */
  readonly name: string;
  /** Exact versions, so that what the table says stays true: the framework first, then what its manual has one install. */
  readonly packages: readonly string[];
  /** The oldest Node of ours it runs on; where that is not the first, `nodeReason` says why. */
  readonly node: NodeMajor;
  readonly nodeReason?: string;
  /** Files of the application by path; TypeScript with decorators is compiled into the `.mjs` beside it. */
  readonly files: Readonly<Record<string, string>>;
  /** Arguments of Node that build the application, where the framework bundles it. */
  readonly build?: readonly string[];
  readonly session: Session;
}

/** The tool answers, refuses what it cannot read, throws; then what the server does not have. */
const CALLS: readonly Step[] = [
  call('greet', { name: 'you' }, { times: 5 }),
  call('greet', { name: 'zwei – 二 – 😀'.repeat(2_000) }),
  call('greet', { name: 1 }),
  call('fail', {}, { times: 2 }),
  UNKNOWN_TOOL,
  UNKNOWN_METHOD,
];

const overStdio = (script: string, steps: readonly Step[] = [...HELLO, ...CALLS]): Session => ({
  title: 'stdio',
  script,
  steps: () => steps,
  ends: ['stdin'],
});

const overHttp = (script: string): Session => ({
  title: 'Streamable HTTP',
  script,
  http: { listens: /listening/, port: 'PORT' },
  steps: () => [...HELLO, ...CALLS],
  masked: HTTP_MASKS,
  ends: ['SIGTERM'],
});

export const FRAMEWORKS: readonly Framework[] = [
  {
    name: 'fastmcp',
    packages: ['fastmcp@4.20.16', 'zod@4.6.7'],
    node: 20,
    files: { 'server.mjs': FASTMCP_SERVER },
    session: overStdio('server.mjs'),
  },
  {
    name: 'mcp-handler',
    packages: ['mcp-handler@2.4.0', '@modelcontextprotocol/server@2.4.0', '@opentelemetry/api@1.9.1', 'zod@4.6.7'],
    node: 20,
    files: { 'server.mjs': MCP_HANDLER_SERVER },
    session: overHttp('server.mjs'),
  },
  {
    name: 'mcp-framework',
    packages: ['mcp-framework@0.2.22', '@modelcontextprotocol/sdk@1.32.2', 'zod@3.25.76'],
    node: 20,
    files: {
      'server.mjs': MCP_FRAMEWORK_SERVER,
      'application/package.json': '{ "type": "module" }\n',
      'application/tools/GreetTool.js': MCP_FRAMEWORK_GREET,
      'application/tools/FailTool.js': MCP_FRAMEWORK_FAIL,
    },
    session: { ...overStdio('server.mjs'), masked: [/\d{4}-\d\d-\d\dT[\d:.]+Z/g] },
  },
  {
    name: '@mastra/mcp',
    packages: ['@mastra/mcp@2.0.0', '@mastra/core@1.71.0', 'zod@4.6.7'],
    node: 22,
    nodeReason: 'asks for Node.js 22.13',
    files: { 'server.mjs': MASTRA_SERVER },
    session: overStdio(
      'server.mjs',
      // Clients of 2025 are refused.
      [{ method: 'server/discover' }, { method: 'tools/list' }, ...CALLS].map((step) => modern(step)),
    ),
  },
  {
    name: 'xmcp',
    packages: [
      'xmcp@1.1.3',
      '@xmcp-dev/compiler@1.1.3',
      '@modelcontextprotocol/server@2.4.0',
      '@modelcontextprotocol/client@2.4.0',
      'zod@4.6.7',
      'react@19',
      'react-dom@19',
    ],
    node: 20,
    files: {
      'xmcp.config.ts': XMCP_CONFIG,
      'tsconfig.json': XMCP_TSCONFIG,
      'src/tools/greet.ts': XMCP_GREET,
      'src/tools/fail.ts': XMCP_FAIL,
    },
    build: ['node_modules/xmcp/dist/cli.js', 'build'],
    session: overStdio('dist/stdio.js'),
  },
  {
    name: '@rekog/mcp-nest',
    packages: [
      '@rekog/mcp-nest@2.0.5',
      '@nestjs/common@12.5.1',
      '@nestjs/core@12.5.1',
      '@nestjs/microservices@12.1.1',
      '@nestjs/platform-express@12.5.1',
      '@modelcontextprotocol/core@2.4.0',
      '@modelcontextprotocol/node@2.1.2',
      '@modelcontextprotocol/server@2.4.0',
      'express@5.3.0',
      'reflect-metadata@0.2',
      'rxjs@7',
      'zod@4.6.7',
    ],
    node: 20,
    files: { 'server.ts': NEST_SERVER },
    session: overHttp('server.mjs'),
  },
];
