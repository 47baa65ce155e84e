import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, it } from 'vitest';
import { type ServerOptions, stopServers } from '../../support/instrumented-server.ts';
import { NODE_MAJORS, type NodeMajor } from '../../support/nodes.ts';
import { INSTALLED_V1, INSTALLED_V2, type SdkVersion, sdkFolder } from '../../support/sdk-versions.ts';
import { verifies } from '../../support/verifies.ts';
import { EXECUTED_OVER_PIPE, namesOf, shakeHands, talkOverPipe } from './conversation.ts';
import { type Expectation, stdioCase } from './matrix-case.ts';
import { placeFixture, placePrograms, program, removePrograms } from './programs.ts';
import { selfDriven } from './self-driven.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/sdk/', import.meta.url));
const REVISION = '2025-06-18';

afterEach(stopServers);
afterAll(removePrograms);

const inProcess = (sessions: Expectation['sessions'], executed: string[]): Expectation => ({
  transport: 'inproc',
  protocolVersion: undefined,
  sessions,
  executed,
});

describe('Every copy of the SDK in a process', () => {
  it.each<NodeMajor>([...NODE_MAJORS])(
    'is measured on Node %s: both generations, both formats, nested under a framework',
    async (node) => {
      verifies('REG-02', 'THR-02');
      const script = await placeFixture('any-copies.mjs');
      const folder = dirname(script);
      const framework = join(folder, 'node_modules', 'framework');
      await mkdir(framework, { recursive: true });
      await symlink(join(await sdkFolder('1.25.3'), 'node_modules'), join(framework, 'node_modules'));
      const paths = ['server/mcp.js', 'inMemory.js'].map((path) => `@modelcontextprotocol/sdk/${path}`);
      const [server, memory] = paths;
      await writeFile(join(framework, 'package.json'), '{"exports":{"./esm":"./esm.mjs","./cjs":"./cjs.cjs"}}');
      await writeFile(
        join(framework, 'esm.mjs'),
        `import{McpServer}from'${server}';import{InMemoryTransport}from'${memory}';export const sdk={McpServer,InMemoryTransport};`,
      );
      await writeFile(join(framework, 'cjs.cjs'), `exports.sdk={...require('${server}'),...require('${memory}')};`);
      const names = ['v1_esm', 'v1_cjs', 'v2_esm', 'v2_cjs', 'nested_esm', 'nested_cjs'];
      await stdioCase({
        script,
        options: { node },
        names,
        expectation: { ...inProcess({ active: 6, started: 6 }, names), protocolVersion: REVISION },
        converse: (ledger, client) =>
          selfDriven(
            ledger,
            client,
            names.flatMap((name) => [
              ['initialize'],
              ['notifications/initialized'],
              ['tools/call', name],
              ['tools/call', name],
              ['tools/list'],
            ]),
          ),
      });
    },
  );

  it('is counted once per message received where client and server share it, and again after a reconnect', async () => {
    verifies('REG-02', 'THR-02');
    await stdioCase({
      script: await placeFixture('any-client-too.mjs'),
      names: ['echo'],
      expectation: inProcess({ active: 1, started: 2 }, ['echo']),
      converse: (ledger, client) =>
        selfDriven(ledger, client, [
          ['initialize'],
          ['notifications/initialized'],
          ['tools/call', 'echo'],
          // The tool asks back; the conventions count that where it is received, which is the client.
          ['ping'],
          ['tools/list'],
          ['initialize'],
          ['notifications/initialized'],
          ['tools/call', 'echo'],
          ['ping'],
        ]),
    });
  });

  it.each<NodeMajor>([...NODE_MAJORS])('is measured in a worker thread on Node %s', async (node) => {
    verifies('REG-01');
    await stdioCase({
      script: await placeFixture('any-worker.mjs'),
      options: { node },
      names: ['echo'],
      expectation: { ...inProcess({ active: 1, started: 1 }, ['echo']), protocolVersion: REVISION },
      converse: async (ledger) => {
        await shakeHands(ledger, REVISION);
        await ledger.tool('echo');
        await ledger.call('tools/list');
      },
    });
  });
});

/** A server program reached in an unusual way; `write` makes it out of the ordinary programs of a folder. */
interface Way {
  readonly way: string;
  readonly format: 'esm' | 'cjs';
  write?(folder: string, generation: string): Promise<string>;
  readonly options?: ServerOptions;
}

async function file(folder: string, name: string, source: string): Promise<string> {
  await writeFile(join(folder, name), source);
  return join(folder, name);
}

const imports = (...names: string[]): string[] => names.flatMap((name) => ['--import', name]);
const commentHook = join(FIXTURES, 'loaders', 'register-comment.mjs');
const legacyLoader = join(FIXTURES, 'loaders', 'comment-hook.mjs');
const compileHook = join(FIXTURES, 'loaders', 'compile-hook.cjs');

const ways: Way[] = [
  {
    way: 'imported long after the start',
    format: 'esm',
    write: (folder, v) =>
      file(folder, 'late.mjs', `await new Promise((go) => setTimeout(go, 300)); await import('./${v}-stdio.mjs');`),
  },
  {
    way: 'as CommonJS under an ES module',
    format: 'cjs',
    write: (folder, v) => file(folder, 'entry.mjs', `import './${v}-stdio.cjs';`),
  },
  {
    way: 'as CommonJS required late',
    format: 'cjs',
    write: (folder, v) => file(folder, 'late.cjs', `setTimeout(() => require('./${v}-stdio.cjs'), 300);`),
  },
  {
    way: 'under a TypeScript module by tsx, before us',
    format: 'esm',
    write: (folder, v) => file(folder, 'main.mts', `import './${v}-stdio.mjs'; export const typed: number = 1;`),
    options: { nodeArguments: imports('tsx') },
  },
  {
    way: 'under a TypeScript module by tsx, after us',
    format: 'esm',
    write: (folder, v) => file(folder, 'main.mts', `import './${v}-stdio.mjs'; export const typed: number = 1;`),
    options: { nodeArguments: imports('tsx'), through: 'NODE_OPTIONS' },
  },
  {
    way: 'under TypeScript that tsx makes CommonJS, before us',
    format: 'cjs',
    write: (folder, v) => file(folder, 'main.ts', `import './${v}-stdio.cjs'; export const typed: number = 1;`),
    options: { nodeArguments: imports('tsx') },
  },
  {
    way: 'under TypeScript that tsx makes CommonJS, after us',
    format: 'cjs',
    write: (folder, v) => file(folder, 'main.ts', `import './${v}-stdio.cjs'; export const typed: number = 1;`),
    options: { nodeArguments: imports('tsx'), through: 'NODE_OPTIONS' },
  },
  { way: 'with another hook before us', format: 'esm', options: { nodeArguments: imports(commentHook) } },
  {
    way: 'with another hook after us',
    format: 'esm',
    options: { nodeArguments: imports(commentHook), through: 'NODE_OPTIONS' },
  },
  { way: 'with a loader', format: 'esm', options: { nodeArguments: ['--experimental-loader', legacyLoader] } },
  { way: 'with a hook on compilation', format: 'cjs', options: { nodeArguments: ['--require', compileHook] } },
  { way: 'with source maps', format: 'esm', options: { nodeArguments: ['--enable-source-maps'] } },
];

/** The hooks see an ES module that `require` loads from Node 22.15 on; Node 20 asks no hook of another thread there. */
const requiredModule: Way = {
  way: 'as an ES module required by CommonJS',
  format: 'esm',
  write: (folder, v) => file(folder, 'entry.cjs', `require('./${v}-stdio.mjs');`),
};

describe.each<{ node: NodeMajor; version: SdkVersion; ways: Way[] }>([
  { node: 20, version: INSTALLED_V1, ways },
  { node: 22, version: INSTALLED_V1, ways: [requiredModule] },
  { node: 24, version: INSTALLED_V2, ways: [...ways, requiredModule] },
])('A server on Node $node and SDK $version', ({ node, version, ways: reached }) => {
  it.each(reached)(
    'is measured $way, and says the same bytes',
    async ({ format, write, options }) => {
      verifies('REG-01', 'REG-02');
      const generation = `v${version[0]}`;
      const folder = await placePrograms(version, format);
      const script = (await write?.(folder, generation)) ?? program(folder, `${generation}-stdio`);
      await stdioCase({
        script,
        options: { ...options, node, arguments: ['high'] },
        names: namesOf('high'),
        expectation: {
          transport: 'pipe',
          protocolVersion: REVISION,
          sessions: { active: 1, started: 1 },
          executed: EXECUTED_OVER_PIPE,
        },
        converse: (ledger, client) =>
          talkOverPipe(ledger, client, { kind: 'high', protocolVersion: REVISION, structured: true }),
      });
    },
    60_000,
  );
});
