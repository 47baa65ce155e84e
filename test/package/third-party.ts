import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyProject, MANIFEST, npm, npmInstall, ROOT } from './npm.ts';

/**
 * Servers of others that answer offline, without an account: the reference servers, ESLint's own (SDK 1.x, ES modules),
 * a small community server on an early SDK 1.x API, one on SDK 2.x that carries OpenTelemetry of its own, and a
 * framework with its own handlers on the low-level `Server`.
 */
const THIRD_PARTY = [
  '@modelcontextprotocol/server-everything',
  '@modelcontextprotocol/server-filesystem',
  '@modelcontextprotocol/server-memory',
  '@modelcontextprotocol/server-sequential-thinking',
  '@eslint/mcp',
  'mcp-hello-world',
  '@upstash/context7-mcp',
  'fastmcp',
] as const;

const CACHE = join(ROOT, 'node_modules/.cache/mcp-vitals/third-party');

async function newest(name: string): Promise<string> {
  return `${name}@${(await npm(ROOT, ['view', name, 'version'])).trim()}`;
}

/** The installed tree of the newest versions, from the cache where they have not changed since. */
async function cachedTree(): Promise<string> {
  const versions = await Promise.all(THIRD_PARTY.map(newest));
  const key = createHash('sha256').update(versions.join(' ')).digest('hex').slice(0, 16);
  const tree = join(CACHE, key);
  if (existsSync(tree)) return tree;
  const arriving = `${tree}-${process.pid}`;
  try {
    await mkdir(arriving, { recursive: true });
    await writeFile(join(arriving, 'package.json'), MANIFEST);
    await npmInstall(arriving, versions);
    await rename(arriving, tree).catch((error: unknown) => {
      if (!existsSync(tree)) throw error;
    });
  } finally {
    await rm(arriving, { recursive: true, force: true });
  }
  return tree;
}

/** A server as a user of the framework writes it. */
export const FASTMCP_SERVER = `
import { FastMCP } from 'fastmcp';
import { z } from 'zod';

const server = new FastMCP({ name: 'written with fastmcp', version: '1.0.0', ping: { enabled: false } });
server.addTool({
  name: 'greet',
  description: 'Greets somebody',
  parameters: z.object({ name: z.string() }),
  execute: async ({ name }) => 'Hello, ' + name + '!',
});
server.addTool({
  name: 'fail',
  parameters: z.object({}),
  execute: async () => {
    throw new Error('as it should');
  },
});
await server.start({ transportType: 'stdio' });
`;

/** A folder with the newest third-party servers, and the tarball freshly installed beside them by npm. */
export async function installBesideThirdParty(tarball: string): Promise<string> {
  const folder = await emptyProject();
  await cp(await cachedTree(), folder, { recursive: true, verbatimSymlinks: true });
  await npmInstall(folder, [tarball]);
  await writeFile(join(folder, 'fastmcp-server.mjs'), FASTMCP_SERVER);
  return folder;
}
