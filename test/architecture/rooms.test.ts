import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importsOf } from './imports.ts';
import { BANS, checkRooms, LONG_FILES } from './rooms.ts';
import { codeOnly, ROOT, readSources } from './source-files.ts';

const CODE = /\.[cm]?[jt]s$/;
/** Fewer than this means that the walker went blind; raise them as the product grows. */
const MIN_FILES = 80;
const MIN_IMPORTS = 150;

const src = readSources('src', CODE);
const rest = ['test', 'bench', 'examples'].flatMap((folder) => readSources(folder, CODE));

describe('the rooms of src', () => {
  test('are seen by the guard: it found files and the imports between them', () => {
    expect(src.length).toBeGreaterThanOrEqual(MIN_FILES);
    expect(src.flatMap(importsOf).length).toBeGreaterThanOrEqual(MIN_IMPORTS);
  });

  test('import only what their row allows, touch only what is theirs, and stay small', () => {
    expect(checkRooms([...src, ...rest])).toEqual([]);
  });

  test('have no exception for a file that is gone', () => {
    const excepted = [...BANS.flatMap(({ allowed }) => Object.keys(allowed)), ...Object.keys(LONG_FILES)];
    const files = excepted.filter((path) => !path.endsWith('/'));
    expect(files.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([]);
  });
});

describe('the guard of the rooms', () => {
  const check = (path: string, text: string): string[] => checkRooms([{ path, text }]);

  test.each([
    ['src/core/a.ts', "import { b } from '../config/b.ts';", 'src/core/a.ts:1: core may not import config'],
    ['src/core/a.ts', "import type { b } from '../mcp/b.ts';", 'src/core/a.ts:1: core may not import mcp'],
    ['src/core/a.ts', "import { trace } from '@opentelemetry/api';", 'imports no package (@opentelemetry/api)'],
    ['src/semconv/a.ts', "import { os } from 'node:os';", 'semconv imports no package (node:os)'],
    ['src/mcp/a.ts', "export { b } from '../slo/b.ts';", 'mcp may not import slo'],
    ['src/mcp/v1/a.ts', "const b = await import('../../sdk/b.ts');", 'mcp may not import sdk'],
    ['src/slo/a.ts', "import '../alerts/b.ts';", 'slo may not import alerts'],
    ['src/slo/a.ts', 'import {\n  a,\n  b,\n} from "../mcp/b.ts";', 'slo may not import mcp'],
    ['src/sdk/a.ts', "import { b } from '../load/b.ts';", 'sdk may not import load'],
    ['src/sdk/a.ts', "import { b } from '../cli/b.ts';", 'sdk may not import cli'],
    ['src/novelty/a.ts', "import { b } from '../core/b.ts';", 'novelty may not import core'],
    ['src/register.ts', "import { b } from './sdk/b.ts';", 'register may not import sdk'],
    ['src/mcp/a.ts', "import { b } from '../../test/b.ts';", 'test/b.ts lies outside src'],
    ['src/mcp/a.ts', "import { Server } from '@modelcontextprotocol/server';", 'mcp may not import @modelcontext'],
    ['src/mcp/a.ts', "const s = require('@modelcontextprotocol/sdk');", '(dynamic)'],
    ['src/sdk/a.ts', "import type { Server } from '@modelcontextprotocol/server';", '(type)'],
    ['src/slo/a.ts', "import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';", '(value)'],
    ['src/slo/a.ts', "import { type A, B } from '@opentelemetry/sdk-trace';", '(value)'],
    ['src/mcp/a.ts', "import { MeterProvider } from '@opentelemetry/sdk-metrics';", '(value)'],
    ['src/status/a.ts', "import { createServer } from 'node:http';", 'status may not import node:http'],
    ['src/sdk/a.ts', "import { Session } from 'node:inspector/promises';", 'sdk may not import node:inspector'],
  ])('reports in %s the import %s', (path, text, problem) => {
    const problems = check(path, text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  test.each([
    ['process.env', 'const a = process.env.A;', 'the environment'],
    ['Date.now', 'const a = Date.now();', 'a timer or wall-clock time'],
    ['new Date', 'const a = new Date();', 'a timer or wall-clock time'],
    ['performance.now', 'const a = performance.now();', 'monotonic time outside the clock'],
    ['setTimeout', 'setTimeout(f, 1);', 'a timer or wall-clock time'],
    ['setInterval', 'globalThis.setInterval(f, 1);', 'a timer or wall-clock time'],
    ['console', "console.error('x');", 'stdout'],
    ['process.stdout', "process.stdout.write('x');", 'stdout'],
    ['writeSync to 1', "writeSync(1, 'x');", 'stdout'],
    ['process.stderr', "process.stderr.write('x');", 'stderr past the diagnostics'],
    ['process.exit', 'process.exit(1);', 'process.exit'],
    ['process.argv', 'const a = process.argv[1];', 'process.argv'],
    ['export star', "export * from './b.ts';", 'export *'],
    ['export star as', "export * as b from './b.ts';", 'export *'],
    ['a default export', 'export default 1;', 'a default export'],
    ['a renamed default export', 'export { a as default };', 'a default export'],
  ])('reports %s', (_name, text, what) => {
    const problems = check('src/slo/a.ts', `// first line\n${text}\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^src/slo/a.ts:2: ${what.replaceAll('*', '\\*')}`));
  });

  test('reports files that are too long or have a name that says nothing', () => {
    expect(check('src/mcp/a.ts', 'x;\n'.repeat(300))).toEqual([]);
    expect(check('src/mcp/a.ts', 'x;\n'.repeat(301))).toEqual(['src/mcp/a.ts: 301 lines, at most 300']);
    expect(check('test/mcp/a.test.ts', 'x;\n'.repeat(500))).toEqual([]);
    expect(check('test/mcp/a.test.ts', 'x;\n'.repeat(501))).toHaveLength(1);
    for (const name of ['utils', 'helper', 'common', 'test-helpers', 'http.util']) {
      expect(check(`src/mcp/${name}.ts`, ''), name).toHaveLength(1);
    }
    expect(check('src/mcp/commonality.ts', '')).toEqual([]);
  });

  test('leaves allowed code alone', () => {
    const allowed: [string, string][] = [
      ['src/mcp/a.ts', 'const a = performance.now();'],
      ['src/config/a.ts', "import { b } from '../core/b.ts';\nconst a = process.env.A;"],
      ['src/core/clock.ts', 'setTimeout(() => performance.now(), 1);'],
      ['src/cli/a.ts', "import { b } from '../load/b.ts';\nconsole.log(process.argv); process.exit(0);"],
      ['src/mcp/a.ts', "import type { Server } from '@modelcontextprotocol/server';"],
      ['src/mcp/a.ts', "let a: typeof import('@modelcontextprotocol/sdk');"],
      ['src/mcp/a.ts', "let a: import('@modelcontextprotocol/sdk').Server;"],
      ['src/load/a.ts', "await import('@modelcontextprotocol/client');"],
      ['src/slo/a.ts', "import { type SpanProcessor, type Span } from '@opentelemetry/sdk-trace';"],
      ['src/status/a.ts', "import type { Server } from 'node:http';"],
      ['src/mcp/a.ts', "// console.log(Date.now())\n/* process.env */ const a = 'process.env export * console.log';"],
      ['src/mcp/a.ts', 'const a = /console./.test("it\'s");\nconst b = `Date.now()`;'],
    ];
    for (const [path, text] of allowed) expect(check(path, text), text).toEqual([]);
  });

  test('keeps line numbers when it blanks comments and strings', () => {
    const text = "const a = '//'; /* x\n y */ const b = `\n`; // c\nz;";
    const code = codeOnly(text, { strings: 'blank' });
    expect(code.split('\n')).toHaveLength(4);
    expect(code).toContain('const b');
    expect(code).not.toMatch(/[xyc] \*|\/\//);
  });
});
