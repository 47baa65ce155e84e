import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { installEarlyMeters } from '../../../src/core/early-meters.ts';
import { meterHookSlot } from '../../../src/core/meter-hook.ts';
import { mayContainApi, transformApiSource } from '../../../src/mcp/loader/api-transform.ts';

const require = createRequire(import.meta.url);
/** Of API 1.9, which is published as CommonJS and twice for bundlers. */
const FOLDER = join(dirname(require.resolve('@opentelemetry/api')), '../..');

interface ApiCopy {
  readonly metrics: { getMeterProvider(): object; getMeter(name: string): object };
}

/** A copy of the API in one file, as bundlers make it; `module` is the condition under which they take the ES modules. */
async function bundled(conditions: string[], minify: boolean): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: "export { metrics } from '@opentelemetry/api';", resolveDir: import.meta.dirname },
    bundle: true,
    minify,
    write: false,
    platform: 'node',
    format: 'cjs',
    conditions,
  });
  return outputFiles[0]?.text ?? '';
}

function load(source: string): ApiCopy {
  const module = { exports: {} as ApiCopy };
  new Function('module', 'exports', 'require', source)(module, module.exports, require);
  return module.exports;
}

afterEach(() => {
  meterHookSlot().hook = undefined;
});

describe('the transform of the OpenTelemetry API', () => {
  it.each(['build/src', 'build/esm', 'build/esnext'])('finds the one place in %s, and keeps the lines', (folder) => {
    const path = join(FOLDER, folder, 'api/metrics.js');
    const source = readFileSync(path, 'utf8');
    const changed = transformApiSource(source, path);
    expect(changed?.split('mcp-vitals.meters')).toHaveLength(2);
    expect(changed?.split('\n')).toHaveLength(source.split('\n').length);
    expect(transformApiSource(changed ?? '', path)).toBeUndefined();
    // As a file URL, which is how ES modules are named.
    expect(transformApiSource(source, `file://${path}`)).toBe(changed);
  });

  it('finds it in the build of API 1.10', () => {
    const source = 'getMeterProvider() {\n\t\treturn getGlobal(API_NAME) || NOOP_METER_PROVIDER;\n\t}';
    const changed = transformApiSource(source, '/app/node_modules/@opentelemetry/api/dist/api/metrics.mjs');
    expect(changed).toContain('?.(()=>getGlobal(API_NAME),NOOP_METER_PROVIDER) ?? NOOP_METER_PROVIDER)');
  });

  it.each([
    { conditions: [], minify: true },
    { conditions: ['module'], minify: true },
    { conditions: ['module'], minify: false },
  ])('finds it in a bundle, which then answers a stand-in: %o', async ({ conditions, minify }) => {
    const source = await bundled(conditions, minify);
    const copy = load(transformApiSource(source, '/app/server.js') ?? '');
    // Without the hook everything is as it was.
    const noop = copy.metrics.getMeterProvider();
    expect(load(source).metrics.getMeterProvider().constructor.name).toBe(noop.constructor.name);
    installEarlyMeters();
    const standIn = copy.metrics.getMeterProvider();
    expect(standIn).not.toBe(noop);
    expect(copy.metrics.getMeterProvider()).toBe(standIn);
  });

  it('leaves every other source alone, and a provider that does something', () => {
    const theirs = 'class Mine { getMeterProvider() { return lookUp(this) || fallback; } }';
    expect(transformApiSource(theirs, '/app/server.js')).toBeUndefined();
    // Even where the file holds the API as well.
    const beside = `const real = { getMeter() { return 'real'; }, readers: [] }; const none = () => undefined;
      module.exports = { getMeterProvider() { return none('opentelemetry.js.api.1') || real; } };
      class B { getMeterProvider() { return none(real) || real; } } module.exports = new B();`;
    const changed = transformApiSource(beside, '/app/server.js');
    installEarlyMeters();
    const mine = load(changed ?? '') as unknown as { getMeterProvider(): { getMeter(): string } };
    expect(mine.getMeterProvider().getMeter()).toBe('real');
  });

  it('tells from bytes as from text whether it is needed', () => {
    for (const text of ['getMeterProvider opentelemetry.js.api.1', 'getMeterProvider', 'opentelemetry.js.api.', '']) {
      expect(mayContainApi(new TextEncoder().encode(text), '/a.js')).toBe(mayContainApi(text, '/a.js'));
    }
    expect(mayContainApi('', 'C:\\app\\node_modules\\@opentelemetry\\api\\build\\src\\api\\metrics.js')).toBe(true);
  });
});
