import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkProbe, type ProbeFacts } from '../../../src/cli/doctor/check-probe.ts';
import { checkRegistration } from '../../../src/cli/doctor/check-registration.ts';
import { checkSdk } from '../../../src/cli/doctor/check-sdk.ts';
import { type Finding, ok, problem, warning } from '../../../src/cli/doctor/finding.ts';
import { findPackageCopies, packageOf } from '../../../src/cli/doctor/package-copies.ts';
import type { ProbeResult } from '../../../src/cli/doctor/probe.ts';
import type { ProcessReport } from '../../../src/cli/doctor/process-report.ts';
import { ProtocolOutput } from '../../../src/cli/doctor/protocol-output.ts';
import { formatFindings, formatVerdict } from '../../../src/cli/doctor/report-text.ts';
import { temporaryDirectory } from '../status/endpoint.ts';

const REPORT: ProcessReport = {
  pid: 7,
  node: '20.19.1',
  entry: '/app/server.js',
  attached: false,
  patched: [],
  connected: [],
  requiredModules: [],
  otel: undefined,
};
const SERVED: ProbeResult = {
  startError: undefined,
  answer: { name: 'kb', version: '1.0.0', protocolVersion: '2025-06-18' },
  refusal: undefined,
  foreignLines: [],
  foreignCount: 0,
  stderr: '',
  earlyEnd: undefined,
  reports: [REPORT],
};
const FACTS: ProbeFacts = { command: 'tool', kind: 'node-script', timeoutMs: 10_000, disabled: false, copies: [] };

const explain = (result: Partial<ProbeResult>, facts: Partial<ProbeFacts> = {}): Record<string, Finding> =>
  Object.fromEntries(checkProbe({ ...SERVED, ...result }, { ...FACTS, ...facts }).map((found) => [found.check, found]));

describe('a command that answered and is not measured', () => {
  test.each<[string, Partial<ProbeResult>, Partial<ProbeFacts>, string, string]>([
    ['switched off', {}, { disabled: true }, 'switches mcp-vitals off', 'remove it'],
    [
      'a single-executable file',
      { reports: [] },
      { kind: 'single-executable' },
      'single-executable file',
      'startVitals()',
    ],
    ['another runtime', { reports: [] }, { kind: 'other-runtime' }, 'Bun or Deno', 'on Node'],
    [
      'Node without our options',
      { reports: [] },
      { kind: 'node' },
      'did not read NODE_OPTIONS',
      'removes NODE_OPTIONS',
    ],
    ['no Node program', { reports: [] }, { kind: 'binary' }, 'no Node program', 'with Node'],
    ['a program nobody can find', { reports: [] }, { kind: undefined }, 'no Node program', 'with Node'],
    ['an old Node', { reports: [{ ...REPORT, node: '20.11.0' }] }, {}, 'Node 20.11.0', 'update Node'],
    [
      'an ES module behind require()',
      { reports: [{ ...REPORT, requiredModules: ['/app/s.mjs'] }] },
      {},
      '/app/s.mjs is an ES module loaded by require()',
      'import()',
    ],
    [
      'an ES module behind require() on a Node that sees it',
      { reports: [{ ...REPORT, node: '22.15.0', requiredModules: ['/app/s.mjs'] }] },
      {},
      'no file of the MCP SDK was loaded',
      'the server itself',
    ],
    ['no SDK', {}, {}, 'no file of the MCP SDK was loaded', 'the server itself'],
  ])('because of %s is explained so', (_what, result, facts, read, advice) => {
    const { measured } = explain(result, facts);
    expect(measured?.state).toBe('problem');
    expect(measured?.read).toContain(read);
    expect(measured?.expected).not.toBe('');
    expect(measured?.advice).toContain(advice);
  });
});

describe('a command that is measured', () => {
  test('is told with the copies at work and those that lie idle', () => {
    const root = temporaryDirectory();
    const used = install(root, '@modelcontextprotocol/sdk', '1.20.0');
    const idle = install(join(root, 'node_modules/framework'), '@modelcontextprotocol/sdk', '1.10.0');
    writeFileSync(join(root, 'package.json'), '{ "name": "app", "version": "3.0.0" }');
    const patched = [join(used, 'protocol.js'), join(used, 'mcp.js'), join(root, 'bundle.js')];
    const { measured } = explain(
      { reports: [REPORT, { ...REPORT, attached: true, patched, connected: patched.slice(0, 1) }] },
      { copies: findPackageCopies([root], new Set(['@modelcontextprotocol/sdk'])) },
    );
    expect(measured).toEqual(
      ok(
        'measured',
        `on Node 20.19.1: @modelcontextprotocol/sdk 1.20.0 (${used}), a copy bundled in ${join(root, 'bundle.js')}; ` +
          `installed and not used in this run: @modelcontextprotocol/sdk 1.10.0 (${idle})`,
      ),
    );
  });

  test('over HTTP is told that nothing has connected yet, and may print what it likes', () => {
    const reports = [{ ...REPORT, attached: true, patched: ['/app/bundle.js'] }];
    const found = explain({ answer: undefined, reports, foreignLines: ['listening'], foreignCount: 1 });
    expect(found['start']).toMatchObject({ state: 'warning', advice: expect.stringContaining('HTTP') });
    expect(found['stdout']?.state).toBe('warning');
    expect(found['measured']).toMatchObject({ state: 'ok', read: expect.stringContaining('nothing has connected') });
  });
});

describe('a command that fails', () => {
  test('is explained with the line of stderr that names the error', () => {
    const stderr =
      'file:///app/server.js:3\n  boom\n\nTypeError: x is not a function\n    at a:1\n\nNode.js v20.19.1\n';
    const found = explain({ answer: undefined, stderr, earlyEnd: { code: 1, signal: null } });
    expect(found['start']?.state).toBe('problem');
    expect(found['start']?.read).toContain('exit code 1');
    expect(found['start']?.read).toContain('"TypeError: x is not a function"');
    expect(found['measured']).toBeUndefined();
  });

  test.each<[string, Partial<ProbeResult>, string]>([
    ['by a signal', { earlyEnd: { code: null, signal: 'SIGSEGV' } }, 'signal SIGSEGV'],
    ['without a word', { earlyEnd: { code: 0, signal: null } }, 'wrote nothing to stderr'],
    ['with an error for an answer', { refusal: '{"code":-32600}' }, '-32600'],
    ['to exist', { startError: 'spawn tool ENOENT' }, 'ENOENT'],
  ])('%s is a problem that says so', (_what, result, read) => {
    const { start } = explain({ answer: undefined, ...result });
    expect(start).toMatchObject({ state: 'problem', read: expect.stringContaining(read) });
  });
});

test('lines on stdout that are no JSON-RPC are counted, shown first, and quoted', () => {
  const { stdout } = explain({ foreignLines: ['\u001b[31mReady', 'x'], foreignCount: 12 });
  expect(stdout?.state).toBe('problem');
  expect(stdout?.read).toBe('12 lines that are no JSON-RPC message, such as "\\u001b[31mReady"');
});

describe('the output of a server', () => {
  const read = (...chunks: string[]): ProtocolOutput => {
    const output = new ProtocolOutput();
    for (const chunk of chunks) output.add(chunk);
    output.finish();
    return output;
  };

  test('is put together from any chunks, batches and line ends', () => {
    const output = read(
      '{"jsonrpc":"2.0","id":1,"res',
      'ult":{"serverInfo":{"name":"a"}}}\r\n\n[{"jsonrpc":"2.0","id":2,"result":{}}]\n',
    );
    expect(output.serverOf(output.answerTo(1))).toEqual({ name: 'a', version: '?', protocolVersion: '?' });
    expect(output.answerTo(2)).toBeDefined();
    expect(output.foreignCount).toBe(0);
  });

  test.each(['Hello', '{"id":1}', '[]', 'null', '42', '{"jsonrpc":"1.0","id":1,"result":{}}', '{"jsonrpc":"2.0"'])(
    'has a foreign line in %s, also without a line end',
    (line) => {
      expect(read(line).foreignLines).toEqual([line]);
      expect(read(`${line}\n`.repeat(9))).toMatchObject({ foreignCount: 9, foreignLines: [line, line, line] });
    },
  );

  test('holds a request with the id of an answer for no answer', () => {
    expect(read('{"jsonrpc":"2.0","id":1,"method":"ping"}\n').answerTo(1)).toBeUndefined();
  });
});

function install(folder: string, name: string, version: string): string {
  const place = join(folder, 'node_modules', name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name, version }));
  return place;
}

describe('copies of a package', () => {
  const names = new Set(['@modelcontextprotocol/sdk', 'plain']);

  test('are found beside, above, nested, in the store of pnpm, and once where links lead to the same', () => {
    const root = temporaryDirectory();
    const work = join(root, 'packages/app');
    mkdirSync(work, { recursive: true });
    install(root, '@modelcontextprotocol/sdk', '1.1.0');
    install(work, '@modelcontextprotocol/sdk', '1.2.0');
    install(join(work, 'node_modules/@scope/framework'), '@modelcontextprotocol/sdk', '1.3.0');
    install(join(work, 'node_modules/framework'), 'plain', '4.0.0');
    const stored = install(join(root, 'node_modules/.pnpm/sdk@1.4.0'), '@modelcontextprotocol/sdk', '1.4.0');
    mkdirSync(join(work, 'node_modules/linked/node_modules/@modelcontextprotocol'), { recursive: true });
    symlinkSync(stored, join(work, 'node_modules/linked/node_modules/@modelcontextprotocol/sdk'), 'junction');
    symlinkSync(work, join(work, 'node_modules/myself'), 'junction');
    const found = findPackageCopies([work, root], names);
    expect(found.map(({ name, version }) => `${name} ${version}`).sort()).toEqual([
      '@modelcontextprotocol/sdk 1.1.0',
      '@modelcontextprotocol/sdk 1.2.0',
      '@modelcontextprotocol/sdk 1.3.0',
      '@modelcontextprotocol/sdk 1.4.0',
      'plain 4.0.0',
    ]);
  });

  test('with a broken package.json are passed over', () => {
    const root = temporaryDirectory();
    writeFileSync(join(install(root, 'plain', '1.0.0'), 'package.json'), '{ broken');
    expect(findPackageCopies([root], names)).toEqual([]);
  });

  test('own the files below them, across a package.json that only says the module type', () => {
    const place = install(temporaryDirectory(), '@modelcontextprotocol/sdk', '1.1.0');
    mkdirSync(join(place, 'dist/esm'), { recursive: true });
    writeFileSync(join(place, 'dist/esm/package.json'), '{ "type": "module" }');
    expect(packageOf(join(place, 'dist/esm/protocol.js'))).toMatchObject({ version: '1.1.0', folder: place });
  });

  test('too old to be measured are a warning, a bundle without a copy is none', () => {
    const copy = { name: '@modelcontextprotocol/sdk', version: '1.4.1', folder: '/a' };
    expect(checkSdk([copy], ['/a'], false)).toMatchObject({ state: 'warning', advice: 'update the SDK' });
    expect(checkSdk([{ ...copy, version: '1.5.0' }], ['/a'], false).state).toBe('ok');
    expect(checkSdk([], ['/a'], true).state).toBe('ok');
    expect(checkSdk([], ['/a'], false).state).toBe('warning');
  });
});

test.each([
  [
    'NODE_OPTIONS',
    { NODE_OPTIONS: '--import=file:///x/mcp-vitals/dist/register.js' },
    [],
    'NODE_OPTIONS loads mcp-vitals',
  ],
  ['the command', {}, ['node', '--import', 'mcp-vitals/register', 's.js'], 'the command loads mcp-vitals'],
  ['nothing', {}, ['npx', 'server'], 'mcp-vitals run -- npx server'],
])('registration by %s is told', (_what, env, program, read) => {
  const finding = checkRegistration({ env, program, disabledBy: undefined });
  expect(finding).toMatchObject({ state: 'ok', read: expect.stringContaining(read) });
});

test('findings are printed with what to do below them', async () => {
  const findings = [
    ok('node', 'doctor runs on Node 20.19.0'),
    warning('port', '9464 on 127.0.0.1 is taken by node (pid 7)', 'a free port', 'nothing has to be done'),
    problem('collector', 'http://localhost:4318/v1/traces cannot be reached', 'a Collector that listens', 'start it'),
  ];
  const text = `${formatFindings(findings)}\n${formatVerdict(findings)}${formatVerdict(findings.slice(0, 1))}`;
  await expect(text).toMatchFileSnapshot('../../golden/cli/findings.txt');
});
