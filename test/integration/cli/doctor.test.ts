import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../../src/cli/cli.ts';
import type { Finding, FindingState } from '../../../src/cli/doctor/finding.ts';
import { nodeBinary } from '../../support/nodes.ts';
import { capturedIo } from '../../unit/cli/captured-io.ts';
import { afterTest, cli, emptyFolder, type Outcome, plainEnvironment, serverProject } from './programs.ts';

/** A broken set-up, and how the doctor has to explain it. */
interface SetUp {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments behind `doctor --json`. */
  readonly args?: readonly string[];
}
interface Explanation {
  readonly check: string;
  readonly state: FindingState;
  readonly read: RegExp;
  readonly expected: RegExp;
  readonly advice: RegExp;
}

const CRASHES = "import '@modelcontextprotocol/sdk/server/mcp.js';\nthrow new TypeError('no database');\n";
const TALKS = "console.log('Server is ready');\nawait import('./server.mjs');\n";
/** Neither the end of its input nor SIGTERM ends it, and what it started holds its stdout open. */
const STAYS = `import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
writeFileSync('pid', String(spawn('sleep', ['300'], { stdio: 'inherit' }).pid));
process.on('SIGTERM', () => {});
setInterval(() => {}, 1000);
await import('./server.mjs');
`;
/** Speaks the protocol without any SDK. */
const BY_HAND = `process.stdin.once('data', () => console.log(JSON.stringify({ jsonrpc: '2.0', id: 1,
  result: { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'by hand', version: '1' } } })));`;

/** A server project with one more file in it, which is the command. */
function program(text: string, name = 'program.mjs'): SetUp {
  const cwd = serverProject();
  writeFileSync(join(cwd, name), text);
  return { cwd, args: ['--', process.execPath, name] };
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function collector(status: number): Promise<SetUp> {
  const server = createHttpServer(({ headers }, response) => {
    const known = headers.authorization === `Basic ${Buffer.from('me:secret').toString('base64')}`;
    response.writeHead(known ? status : 418).end();
  });
  return { env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://me:secret@127.0.0.1:${await listen(server)}` } };
}

function install(folder: string, version: string): void {
  const place = join(folder, 'node_modules/@opentelemetry/api');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name: '@opentelemetry/api', version }));
}

const BROKEN: Readonly<Record<string, readonly [() => SetUp | Promise<SetUp>, Explanation]>> = {
  'a configuration file that is no JSON': [
    () => {
      const cwd = emptyFolder();
      writeFileSync(join(cwd, 'mcp-vitals.config.json'), '{ "profile": ');
      return { cwd };
    },
    {
      check: 'configuration',
      state: 'problem',
      read: /^mcp-vitals\.config\.json is .*JSON/,
      expected: /readable configuration/,
      advice: /correct or remove it; until then: going on without it/,
    },
  ],
  'a variable with a value that cannot be': [
    () => ({ env: { MCP_VITALS_PORT: 'abc' } }),
    {
      check: 'configuration',
      state: 'problem',
      read: /^MCP_VITALS_PORT is "abc"$/,
      expected: /integer/,
      advice: /using 9464 \(default\)/,
    },
  ],
  'a misspelt variable': [
    () => ({ env: { MCP_VITALS_TOKN: 'secret' } }),
    {
      check: 'configuration',
      state: 'problem',
      read: /^MCP_VITALS_TOKN is an unknown variable$/,
      expected: /MCP_VITALS_TOKEN/,
      advice: /correct or remove/,
    },
  ],
  'a port that another program has': [
    async () => ({ env: { MCP_VITALS_PORT: String(await listen(createServer())) } }),
    {
      check: 'port',
      state: 'warning',
      read:
        process.platform === 'linux' ? new RegExp(`taken by .+ \\(pid ${process.pid}\\)`) : /taken by another program/,
      expected: /free port/,
      advice: /next free port/,
    },
  ],
  'a status endpoint for others without a token': [
    () => ({ env: { MCP_VITALS_HOST: '0.0.0.0', MCP_VITALS_PORT: '0' } }),
    {
      check: 'exposure',
      state: 'problem',
      read: /listen on 0\.0\.0\.0 and has no token/,
      expected: /token/,
      advice: /MCP_VITALS_TOKEN.*127\.0\.0\.1/,
    },
  ],
  'a host that is not of this machine': [
    () => ({ env: { MCP_VITALS_HOST: '192.0.2.1', MCP_VITALS_TOKEN: 'secret' } }),
    {
      check: 'port',
      state: 'problem',
      read: /cannot listen on 192\.0\.2\.1/,
      expected: /this machine/,
      advice: /HOST/,
    },
  ],
  'a Collector that is not there': [
    async () => {
      const server = createServer();
      const port = await listen(server);
      server.close();
      return { env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://me:secret@127.0.0.1:${port}` } };
    },
    {
      check: 'collector',
      state: 'problem',
      read: /^http:\/\/\*\*\*@127\.0\.0\.1:\d+\/v1\/traces cannot be reached: ECONNREFUSED/,
      expected: /Collector/,
      advice: /OTEL_EXPORTER_OTLP_ENDPOINT/,
    },
  ],
  'an endpoint that has another path': [
    () => collector(404),
    { check: 'collector', state: 'problem', read: /status 404/, expected: /200/, advice: /path/ },
  ],
  'a Collector that wants credentials': [
    () => collector(401),
    { check: 'collector', state: 'problem', read: /status 401/, expected: /200/, advice: /OTEL_EXPORTER_OTLP_HEADERS/ },
  ],
  'a Collector that does not speak HTTP there': [
    async () => {
      const port = await listen(
        createServer((socket) => socket.on('error', () => {}).end('\u0000\u0000\u0006 not HTTP')),
      );
      return { env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` } };
    },
    { check: 'collector', state: 'problem', read: /does not speak HTTP/, expected: /over HTTP/, advice: /port/ },
  ],
  'a discovery folder that cannot be made': [
    () => {
      const cwd = emptyFolder();
      writeFileSync(join(cwd, 'file'), '');
      return { cwd, env: { MCP_VITALS_DISCOVERY_DIR: join(cwd, 'file/servers') } };
    },
    { check: 'discovery', state: 'problem', read: /ENOTDIR/, expected: /folder/, advice: /MCP_VITALS_DISCOVERY_DIR/ },
  ],
  'a spool folder that everybody can write to': [
    () => {
      const cwd = emptyFolder();
      mkdirSync(join(cwd, 'spool'));
      chmodSync(join(cwd, 'spool'), 0o777);
      return { cwd, env: { MCP_VITALS_SPOOL_DIR: join(cwd, 'spool') } };
    },
    { check: 'spool', state: 'problem', read: /other users can write/, expected: /this user/, advice: /permissions/ },
  ],
  'copies of the OpenTelemetry API of different minors': [
    () => {
      const cwd = emptyFolder();
      install(cwd, '1.9.1');
      install(join(cwd, 'node_modules/telemetry'), '1.10.0');
      return { cwd };
    },
    {
      check: 'otel-api',
      state: 'warning',
      read: /1\.10\.0 .*1\.9\.1|1\.9\.1 .*1\.10\.0/,
      expected: /one minor/,
      advice: /dedupe/,
    },
  ],
  'monitoring that is switched off': [
    () => ({ ...program("import './server.mjs';"), env: { OTEL_SDK_DISABLED: 'true' } }),
    {
      check: 'registration',
      state: 'problem',
      read: /switched off by OTEL_SDK_DISABLED=true/,
      expected: /not switched off/,
      advice: /remove OTEL_SDK_DISABLED/,
    },
  ],
  'a folder without an MCP SDK': [
    () => ({}),
    {
      check: 'sdk',
      state: 'warning',
      read: /no copy of the MCP SDK/,
      expected: /1\.5/,
      advice: /mcp-vitals doctor --/,
    },
  ],
  'a server that prints to stdout': [
    () => program(TALKS),
    {
      check: 'stdout',
      state: 'problem',
      read: /one line that is no JSON-RPC message, such as "Server is ready"/,
      expected: /nothing but JSON-RPC/,
      advice: /console\.error/,
    },
  ],
  'a server that crashes when it starts': [
    () => program(CRASHES),
    {
      check: 'start',
      state: 'problem',
      read: /exit code 1.*TypeError: no database/,
      expected: /answer to initialize/,
      advice: /without monitoring/,
    },
  ],
  'a server without an SDK': [
    () => program(BY_HAND),
    {
      check: 'measured',
      state: 'problem',
      read: /no file of the MCP SDK was loaded/,
      expected: /server made with @modelcontextprotocol/,
      advice: /the server itself/,
    },
  ],
  'an ES module behind require() on Node 20': [
    async () => {
      const { cwd } = program("require('./server.mjs');", 'program.cjs');
      return { cwd: cwd ?? '', args: ['--', await nodeBinary(20), 'program.cjs'] };
    },
    {
      check: 'measured',
      state: 'problem',
      read: /server\.mjs is an ES module loaded by require\(\)/,
      expected: /22\.15/,
      advice: /import\(\)/,
    },
  ],
  'a command that is no Node program': [
    () => ({ args: ['--', 'sh', '-c', 'read line'] }),
    {
      check: 'measured',
      state: 'problem',
      read: /sh is no Node program/,
      expected: /NODE_OPTIONS/,
      advice: /with Node/,
    },
  ],
  'a command that does not exist': [
    () => ({ args: ['--', 'no-such-program'] }),
    {
      check: 'start',
      state: 'problem',
      read: /no-such-program could not be started/,
      expected: /command/,
      advice: /PATH/,
    },
  ],
  'a Node that is too old': [
    () => {
      const folder = emptyFolder();
      writeFileSync(join(folder, 'node'), '#!/bin/sh\n[ "$1" = --version ] && echo v18.20.4\n');
      chmodSync(join(folder, 'node'), 0o755);
      return { env: { PATH: [folder, plainEnvironment()['PATH']].join(delimiter) }, args: ['--', 'node', 'server.js'] };
    },
    { check: 'node', state: 'problem', read: /node runs on Node 18\.20\.4/, expected: /20\.19/, advice: /update Node/ },
  ],
};

interface Report {
  readonly schemaVersion: number;
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly configuration: readonly { readonly option: string; readonly value: string; readonly origin: string }[];
}

/** In this process: without a command to start nothing needs the built program. */
async function examineHere(options: { cwd: string; env: Record<string, string> }): Promise<Outcome> {
  const io = capturedIo(options);
  const code = await run(['doctor', '--json'], io);
  return { code, signal: null, out: io.out(), err: io.err() };
}

async function examine({
  cwd = emptyFolder(),
  env = {},
  args = [],
}: SetUp): Promise<{ report: Report; code: number | null; out: string }> {
  const settings = { MCP_VITALS_DISCOVERY_DIR: join(emptyFolder(), 'servers'), MCP_VITALS_PORT: '0', ...env };
  const { code, out, err } =
    args.length === 0
      ? await examineHere({ cwd, env: settings })
      : await cli(['doctor', '--json', ...args], { cwd, env: settings });
  expect(err).toBe('');
  return { report: JSON.parse(out) as Report, code, out };
}

describe('mcp-vitals doctor', () => {
  test.each(Object.entries(BROKEN))('explains %s', async (_name, [prepare, explanation]) => {
    const { report, code, out } = await examine(await prepare());
    const found = report.findings.filter(({ check }) => check === explanation.check);
    expect(found, JSON.stringify(report.findings, null, 1)).not.toEqual([]);
    expect(found).toContainEqual({
      check: explanation.check,
      state: explanation.state,
      read: expect.stringMatching(explanation.read),
      expected: expect.stringMatching(explanation.expected),
      advice: expect.stringMatching(explanation.advice),
    });
    const problems = report.findings.filter(({ state }) => state === 'problem');
    expect({ code, ok: report.ok }).toEqual({ code: problems.length > 0 ? 1 : 0, ok: problems.length === 0 });
    if (explanation.state === 'problem') expect(code).toBe(1);
    // Every complaint comes with a way out, and none shows a secret.
    for (const finding of report.findings.filter(({ state }) => state !== 'ok')) {
      expect([finding.read, finding.expected, finding.advice], finding.check).not.toContain('');
    }
    expect(out).not.toContain('secret');
  });

  test('finds nothing wrong with a sound server, exports nothing and leaves nothing behind', async () => {
    const requests: string[] = [];
    const receiver = createHttpServer((request, response) => {
      request.on('data', (chunk: Buffer) => requests.push(`${request.url} ${chunk.length}`));
      request.on('end', () => response.writeHead(200).end());
    });
    const cwd = serverProject();
    const temporary = emptyFolder();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await listen(receiver)}`, TMPDIR: temporary };
    const { report, code } = await examine({ cwd, env, args: ['--', 'node', 'server.mjs'] });
    expect(report.findings.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(code).toBe(0);
    const read = (check: string): string | undefined => report.findings.find((found) => found.check === check)?.read;
    expect(read('start')).toBe('"matrix" 1.2.3 answered initialize with protocol version 2025-06-18');
    expect(read('measured')).toMatch(/^on Node \d+\.\d+\.\d+: @modelcontextprotocol\/sdk 1\.\d+\.\d+ \(/);
    expect(read('stdout')).toBe('only JSON-RPC messages');
    // Its own questions to the Collector are empty, and the examined server sent nothing.
    expect(requests).toEqual([]);
    expect(readdirSync(temporary).filter((name) => name.includes('doctor'))).toEqual([]);
  });

  test('ends a server that does not end by itself, with everything it started', async () => {
    const { cwd = '', args = [] } = program(STAYS);
    const { report } = await examine({ cwd, args });
    expect(report.findings.find(({ check }) => check === 'measured')?.state).toBe('ok');
    const pid = Number(readFileSync(join(cwd, 'pid'), 'utf8'));
    await expect.poll(() => commandOf(pid), { timeout: 5_000 }).not.toContain('sleep');
  });

  test('prints the same for people, with every value of the configuration and its origin, secrets masked', async () => {
    const env = {
      MCP_VITALS_PORT: 'off',
      MCP_VITALS_TOKEN: 'secret',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=secret',
    };
    const { code, out, err } = await cli(['doctor'], { cwd: emptyFolder(), env });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^ok {7}node +doctor runs on Node /);
    expect(out).toMatch(/^status\.token +\*\*\* +env +MCP_VITALS_TOKEN$/m);
    expect(out).toMatch(/^profile +production +default +MCP_VITALS_PROFILE$/m);
    expect(out).toMatch(/\nno problems, 1 warning\n$/);
    expect(out).not.toContain('secret');
    const { report } = await examine({ env });
    expect(report.schemaVersion).toBe(1);
    expect(report.configuration.find(({ option }) => option === 'status.token')).toMatchObject({
      value: '***',
      origin: 'env',
    });
  });
});

/** Command line of a process, empty once it is gone. */
function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'stat=,args=', '-p', String(pid)], { encoding: 'utf8' }).replace(/^Z.*/, '');
  } catch {
    return '';
  }
}
