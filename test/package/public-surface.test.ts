import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HIDDEN_TYPES, MAX_NAMES, MAX_ROOM_NAMES, MAX_UNPACKED_BYTES, PUBLIC_SURFACE } from './public-surface.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Manifest {
  name: string;
  version: string;
  exports: Record<string, string | Record<string, string>>;
  sideEffects: string[];
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
const entries = Object.entries(manifest.exports).filter(([, target]) => typeof target === 'object') as [
  string,
  Record<string, string>,
][];
const specifier = (entry: string): string => manifest.name + entry.slice(1);

/** Runs a module in a process of its own, inside the checkout, where the package can import itself by name. */
async function evaluate<T>(code: string, inputType: 'module' | 'commonjs' = 'module'): Promise<T> {
  const { stdout } = await run(process.execPath, [`--input-type=${inputType}`, '--eval', code], { cwd: ROOT });
  return JSON.parse(stdout) as T;
}

const NAMES_OF = "Object.keys(entry).filter((name) => name !== 'module.exports' && name !== '__esModule').sort()";

beforeAll(() => {
  if (!existsSync(join(ROOT, 'dist')))
    throw new Error('dist is missing: run "npm run build" first, as "npm test" does');
});

describe('the public surface', () => {
  test('has a list of names for every entry, and no list without an entry', () => {
    expect(entries.map(([entry]) => entry)).toEqual(Object.keys(PUBLIC_SURFACE));
  });

  test.each(entries)('%s names its types first, and both files exist', (_entry, conditions) => {
    expect(Object.keys(conditions)).toEqual(['types', 'default']);
    for (const file of Object.values(conditions)) expect(existsSync(join(ROOT, file)), file).toBe(true);
  });

  test.each(entries)('%s exports exactly its listed names to import', async (entry) => {
    const code = `const entry = await import('${specifier(entry)}'); console.log(JSON.stringify(${NAMES_OF}));`;
    expect(await evaluate(code)).toEqual(PUBLIC_SURFACE[entry]);
  });

  test.each(entries)('%s exports exactly its listed names to require', async (entry) => {
    const code = `const entry = require('${specifier(entry)}'); console.log(JSON.stringify(${NAMES_OF}));`;
    expect(await evaluate(code, 'commonjs')).toEqual(PUBLIC_SURFACE[entry]);
  });

  test.each(Object.entries(PUBLIC_SURFACE))('%s stays small', (entry, names) => {
    expect(names.length).toBeLessThanOrEqual(MAX_NAMES[entry] ?? MAX_ROOM_NAMES);
    expect(names).not.toContain('default');
  });
});

test('VERSION is the version of the package', async () => {
  const code = `const { VERSION } = await import('${manifest.name}'); console.log(JSON.stringify(VERSION));`;
  expect(await evaluate(code)).toBe(manifest.version);
});

describe('importing an entry', () => {
  const quiet = entries.map(([entry]) => entry).filter((entry) => entry !== './register');

  test.each(quiet)('%s starts nothing: no listener, no handle, no global', async (entry) => {
    const watch = `({ events: process.eventNames().map(String), resources: process.getActiveResourcesInfo().filter((name) =>
      !/^(FSReq|Pipe|TTY|CloseReq)/.test(name)), globals: Reflect.ownKeys(globalThis).map(String) })`;
    const code = `const before = ${watch}; await import('${specifier(entry)}');
      console.log(JSON.stringify({ before, after: ${watch} }));`;
    const { before, after } = await evaluate<{ before: unknown; after: unknown }>(code);
    expect(after).toEqual(before);
  });

  test('. loads no package of OpenTelemetry: what is heavy comes with a server', async () => {
    const loaded = `[...new Set(Object.keys(createRequire(import.meta.url).cache).flatMap((file) =>
      /@opentelemetry[\\\\/]([^\\\\/]+)/.exec(file)?.[1] ?? []))]`;
    const code = (specifiers: readonly string[]): string => `import { createRequire } from 'node:module';
      ${specifiers.map((name) => `await import('${name}');`).join('')} console.log(JSON.stringify(${loaded}));`;
    expect(await evaluate(code([manifest.name]))).toEqual([]);
    // The search does find what is there.
    expect(await evaluate(code([manifest.name, '@opentelemetry/sdk-metrics']))).toContain('sdk-metrics');
  });

  test('is declared free of side effects, except for registration', () => {
    expect(manifest.sideEffects).toEqual([(manifest.exports['./register'] as Record<string, string>)['default']]);
  });
});

describe('the emitted declarations', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-consumer-'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules', manifest.name), 'junction');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('mention no type of a package the user may not have', () => {
    const dist = join(ROOT, 'dist');
    const paths = (readdirSync(dist, { recursive: true }) as string[]).filter((path) => path.endsWith('.d.ts'));
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => HIDDEN_TYPES.test(readFileSync(join(dist, path), 'utf8')))).toEqual([]);
  });

  test.each(['node16', 'nodenext', 'bundler'])(
    'compile in a strict project with module resolution %s',
    { timeout: 60_000 },
    async (moduleResolution) => {
      const lines = entries.map(([entry], index) => `export * as entry${index} from '${specifier(entry)}';`);
      const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution;
      const options = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, target: 'es2023' };
      const types = { types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] };
      const project = join(folder, `${moduleResolution}.json`);
      writeFileSync(join(folder, `${moduleResolution}.mts`), lines.join('\n'));
      writeFileSync(
        project,
        JSON.stringify({
          compilerOptions: { ...options, ...types, module, moduleResolution },
          files: [`${moduleResolution}.mts`],
        }),
      );
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      const { stdout } = await run(process.execPath, [tsc, '-p', project]).catch((error: { stdout: string }) => error);
      expect(stdout).toBe('');
    },
  );
});

test('the package holds what it needs and nothing else', { timeout: 60_000 }, async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT });
  const [packed] = JSON.parse(stdout) as { files: { path: string }[]; unpackedSize: number }[];
  const paths = packed?.files.map(({ path }) => path) ?? [];
  expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json']));
  const others = paths.filter(
    (path) => !/^(dist\/[\w/-]+(\.d\.ts|\.js)|docs\/[\w-]+\.md|[A-Z]+(\.md)?|package\.json)$/.test(path),
  );
  expect(others.sort()).toEqual(['dist/status/page/index.html', 'dist/status/page/page.css']);
  expect(packed?.unpackedSize).toBeLessThan(MAX_UNPACKED_BYTES);
});
