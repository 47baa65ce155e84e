import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { HOOK_SYMBOL_KEY, mayContainSdk, transformSource } from '../../../src/mcp/loader/source-transform.ts';
import { verifies } from '../../support/verifies.ts';

const require = createRequire(import.meta.url);
const PREAMBLE = 'import "file:///instrumentation.js";';

function sourceOf(specifier: string, format: 'esm' | 'cjs'): string {
  const path = format === 'cjs' ? require.resolve(specifier) : fileURLToPath(import.meta.resolve(specifier));
  return readFileSync(path, 'utf8');
}

/** How often each call into the instrumentation stands in a source. */
function calls(source: string | undefined): { connect: number; construct: number; receive: number } {
  const count = (name: string): number => source?.split(`?.${name}(this`).length ?? 1;
  return { connect: count('connect') - 1, construct: count('construct') - 1, receive: count('receive') - 1 };
}

const SDK_1 = '@modelcontextprotocol/sdk';
const FILES = [
  [`${SDK_1}/shared/protocol.js`, { connect: 1, construct: 1, receive: 0 }],
  [`${SDK_1}/server/mcp.js`, { connect: 1, construct: 1, receive: 0 }],
  [`${SDK_1}/server/stdio.js`, { connect: 0, construct: 0, receive: 1 }],
] as const;

describe('the source transform', () => {
  it.each(FILES.flatMap(([file, expected]) => [['esm', file, expected] as const, ['cjs', file, expected] as const]))(
    'finds every place in the %s build of %s once',
    async (format, file, expected) => {
      verifies('REG-02');
      const source = sourceOf(file, format);
      const changed = transformSource(source);
      expect(calls(changed)).toEqual(expected);
      expect(changed?.split('\n')).toHaveLength(source.split('\n').length);
      await expect(transform(changed ?? '')).resolves.toBeDefined();
    },
  );

  it.each(['esbuild of SDK 1', 'esbuild of SDK 2'])('finds the places in a minified bundle: %s', async (name) => {
    verifies('REG-02');
    const from = name.endsWith('1')
      ? `import { McpServer } from '${SDK_1}/server/mcp.js'; import { StdioServerTransport } from '${SDK_1}/server/stdio.js';`
      : "import { McpServer } from '@modelcontextprotocol/server'; import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';";
    const bundle = await build({
      stdin: {
        contents: `${from} new McpServer({ name: 'x', version: '1' }).connect(new StdioServerTransport());`,
        resolveDir: import.meta.dirname,
      },
      bundle: true,
      minify: true,
      write: false,
      platform: 'node',
      format: 'esm',
      external: ['@modelcontextprotocol/server/_shims'],
    });
    const changed = transformSource(bundle.outputFiles[0]?.text ?? '', PREAMBLE);
    const { connect, construct, receive } = calls(changed);
    expect([connect >= 2, construct >= 2, receive]).toEqual([true, true, 1]);
    await expect(transform(changed ?? '')).resolves.toBeDefined();
  });

  it('leaves every other source alone, and its own result', () => {
    const other = 'export class Db { async connect(url) { this._handlers = new Map(); } }';
    expect(transformSource(other, PREAMBLE)).toBeUndefined();
    expect(transformSource('', PREAMBLE)).toBeUndefined();
    const once = transformSource(sourceOf(`${SDK_1}/shared/protocol.js`, 'esm'), PREAMBLE);
    expect(once).toContain(HOOK_SYMBOL_KEY);
    expect(transformSource(once ?? '', PREAMBLE)).toBeUndefined();
  });

  it('puts the preamble on the first line, behind a shebang', () => {
    const body = 'class A { _onrequest(m) {} async connect(t) { return t; } }\n';
    expect(transformSource(body, PREAMBLE)).toMatch(/^import "file:\/\/\/instrumentation.js";class A \{/);
    const withShebang = transformSource(`#!/usr/bin/env node\n${body}`, PREAMBLE);
    expect(withShebang?.split('\n')[0]).toBe('#!/usr/bin/env node');
    expect(withShebang?.split('\n')[1]?.startsWith(PREAMBLE)).toBe(true);
  });

  it('keeps what the changed code does while there is no instrumentation', () => {
    const source = `
      class Protocol { _onrequest() {} constructor() { this._requestHandlers = new Map(); this._registeredTools = {}; }
        connect(transport) { return [transport, this._requestHandlers.size, this._registeredTools]; } }
      return new Protocol().connect('wire');`;
    const changed = transformSource(source);
    expect(calls(changed)).toEqual({ connect: 1, construct: 2, receive: 0 });
    const run = (code: string): unknown => new Function(code)();
    expect(run(changed ?? '')).toEqual(run(source));
  });

  it('tells from bytes as from text whether it is needed', () => {
    for (const text of ['x._onrequest(1)', 'this._registeredTools', 'processReadBuffer()', 'ünï _onreque', '']) {
      expect(mayContainSdk(new TextEncoder().encode(text))).toBe(mayContainSdk(text));
    }
    const offset = new Uint8Array(Buffer.from('........_onrequest........')).subarray(8, 18);
    expect(mayContainSdk(offset)).toBe(true);
    expect(mayContainSdk(offset.subarray(1))).toBe(false);
  });
});
