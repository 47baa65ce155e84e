import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { transform } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { mayContainSdk, transformSource } from '../../../src/mcp/loader/source-transform.ts';
import { type SdkVersion, sdkFolder, V1_VERSIONS, V2_VERSIONS } from '../../support/sdk-versions.ts';
import { verifies } from '../../support/verifies.ts';

/** Hooks found in a transformed source. */
interface Hooks {
  connect: number;
  construct: number;
  receive: number;
}

/** What the transform puts in front of a call, however it spells the name of the symbol. */
const SLOT = /globalThis\[Symbol\.for\([^)]+\)\]\?\./.source;

function hooksOf(source: string): Hooks {
  const count = (name: keyof Hooks): number => [...source.matchAll(new RegExp(`${SLOT}${name}\\(this`, 'g'))].length;
  return { connect: count('connect'), construct: count('construct'), receive: count('receive') };
}

/** Takes out what the transform puts in: whole statements, and calls in front of a field's first value. */
function withoutHooks(source: string): string {
  return source
    .replaceAll(new RegExp(`${SLOT}(?:connect\\(this,[\\w$]+\\)|receive\\(this\\));`, 'g'), '')
    .replaceAll(
      new RegExp(`\\(${SLOT}construct\\(this\\),((?:\\/\\*[^*]*\\*\\/ )?(?:new Map(?:\\(\\))?|\\{\\}))\\)`, 'g'),
      '$1',
    );
}

/** The files of an SDK package that a server process may load, by module format. */
async function filesOf(version: SdkVersion, format: 'esm' | 'cjs'): Promise<Map<string, string>> {
  const packageName = version.startsWith('1.') ? 'sdk' : 'server';
  let root = join(await sdkFolder(version), 'node_modules', '@modelcontextprotocol', packageName, 'dist');
  const names = await readdir(root, { recursive: true }).catch(async () => {
    const entry = packageName === 'sdk' ? '@modelcontextprotocol/sdk/types.js' : '@modelcontextprotocol/server';
    const resolved = dirname(fileURLToPath(import.meta.resolve(entry)));
    root = packageName === 'sdk' ? dirname(resolved) : resolved;
    return await readdir(root, { recursive: true });
  });
  const wanted = (name: string): boolean =>
    packageName === 'sdk'
      ? name.startsWith(format) && name.endsWith('.js')
      : name.endsWith(format === 'esm' ? '.mjs' : '.cjs');
  const files = names.filter(wanted).map(async (name) => [name, await readFile(join(root, name), 'utf8')] as const);
  return new Map(await Promise.all(files));
}

describe.each([...V1_VERSIONS, ...V2_VERSIONS])('In SDK %s', (version) => {
  describe.each(['esm', 'cjs'] as const)('as %s', (format) => {
    const found = new Map<string, Hooks>();
    const touched = new Map<string, string>();
    let sources: Map<string, string>;

    beforeAll(async () => {
      sources = await filesOf(version, format);
      for (const [name, source] of sources) {
        const changed = transformSource(source);
        if (changed === undefined) continue;
        touched.set(name, changed);
        found.set(name, hooksOf(changed));
      }
    }, 300_000);

    it('every protocol class, high-level server and stdio transport has each of its hooks once', () => {
      verifies('REG-02');
      const fileWith = (pattern: RegExp): Hooks[] =>
        [...sources]
          .filter(([, source]) => pattern.test(source))
          .map(([name]) => found.get(name) ?? { connect: 0, construct: 0, receive: 0 });
      const protocols = fileWith(/^\s*_onrequest\(/m);
      const servers = fileWith(/_registeredTools = \{\}/);
      const transports = fileWith(/^\s*processReadBuffer\(\) \{/m);
      expect(protocols).toEqual([{ connect: 1, construct: 1, receive: 0 }]);
      expect(servers).toHaveLength(1);
      expect(servers[0]).toMatchObject({ construct: 1, receive: 0 });
      expect(servers[0]?.connect).toBeGreaterThanOrEqual(1);
      expect(transports.length).toBeGreaterThanOrEqual(1);
      for (const transport of transports) expect(transport).toEqual({ connect: 0, construct: 0, receive: 1 });
      expect(found.size).toBe(protocols.length + servers.length + transports.length);
    });

    it('nothing else is touched, and what is touched keeps its lines and its syntax', async () => {
      expect(sources.size).toBeGreaterThan(5);
      for (const [name, changed] of touched) {
        const source = sources.get(name) ?? '';
        expect(changed.split('\n')).toHaveLength(source.split('\n').length);
        expect(withoutHooks(changed) === source, `${name} with its hooks taken out again`).toBe(true);
        if (format === 'cjs') new Script(changed, { filename: name });
        else await transform(changed, { loader: 'js', format: 'esm' });
        expect(transformSource(changed), 'two hooks in a row').toBeUndefined();
      }
      const others = [...sources].filter(([name]) => !touched.has(name));
      expect(others.length).toBeGreaterThan(0);
      for (const [name, source] of others) expect(mayContainSdk(source), name).toBe(false);
    });
  });
});
