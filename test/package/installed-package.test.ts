import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NODE_MAJORS, type NodeMajor, nodeBinary } from '../support/nodes.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { verifies } from '../support/verifies.ts';
import { operationOf, sumBy } from './exposition.ts';
import { emptyProject, npmInstall, packTarball, ROOT } from './npm.ts';
import { freePort, OPERATION_COUNT, record } from './recording.ts';
import { MEMORY_STDIO, operationsIn, type Places } from './sessions.ts';

const run = promisify(execFile);

/** The lines of OpenTelemetry, and the Node whose npm picks them. */
const LINES = [
  { line: '2.12', versions: /^(2\.12|0\.223)\./, node: 20, instrumentation: '0.223.0' },
  { line: '3.1', versions: /^(3\.1|0\.301)\./, node: 24, instrumentation: '0.301.0' },
] as const;

type Line = (typeof LINES)[number];

const folders = new Map<string, string>();
let scratch: string;
let packed: readonly string[];

const folderOf = (line: Line): string => folders.get(line.line) ?? '';

/** Nobody listens on the second port until a test puts a receiver there. */
const placesOf = async (line: Line): Promise<Places> => ({
  folder: folderOf(line),
  state: join(scratch, line.line),
  ports: [await freePort(), await freePort()],
  api: '',
});

beforeAll(async () => {
  scratch = await emptyProject();
  const tarball = await packTarball(scratch);
  packed = tarball.files;
  for (const { line, node, instrumentation } of LINES) {
    const folder = await emptyProject();
    folders.set(line, folder);
    const theirs = ['@modelcontextprotocol/server-memory', `@opentelemetry/instrumentation@${instrumentation}`];
    await npmInstall(folder, [tarball.path, ...theirs], node);
  }
}, 300_000);

afterAll(async () => {
  await Promise.all([scratch, ...folders.values()].map((path) => rm(path, { recursive: true, force: true })));
});

describe('the tarball', () => {
  test('holds dist, the manifest, the documentation, and no test', () => {
    const outsideDist = packed.filter((path) => !/^(dist\/|docs\/[\w-]+\.md$)/.test(path));
    expect(outsideDist.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
    expect(packed.filter((path) => /test|bench|fixture|\.map$|(?<!\.d)\.ts$/.test(path.slice('dist/'.length)))).toEqual(
      [],
    );
    expect(packed.length).toBeGreaterThan(50);
  });

  test("writes the dashboards with the builders of Grafana's SDK in it, which nobody has to install", async () => {
    const folder = folderOf(LINES[0]);
    expect(await readdir(join(folder, 'node_modules'))).not.toContain('@grafana');
    const out = join(scratch, 'dashboards');
    await run(process.execPath, [join(folder, 'node_modules/mcp-vitals/dist/cli/main.js'), 'dashboard', '--out', out], {
      cwd: folder,
    });
    const committed = join(ROOT, 'collector/grafana/dashboards');
    const names = (await readdir(out)).sort();
    expect(names).toHaveLength(3);
    for (const name of names) {
      expect(await readFile(join(out, name), 'utf8'), name).toBe(await readFile(join(committed, name), 'utf8'));
    }
  });

  test('names no folder of the machine it was built on', async () => {
    const installed = join(folderOf(LINES[0]), 'node_modules/mcp-vitals');
    const machine = [ROOT.slice(0, -1), homedir() + sep, '/home/', '/Users/'];
    for (const path of packed) {
      const text = await readFile(join(installed, path), 'utf8');
      expect(
        machine.filter((folder) => text.includes(folder)),
        path,
      ).toEqual([]);
    }
  });
});

describe.each(LINES)('beside OpenTelemetry $line on Node $node', (line) => {
  const { node, versions } = line;

  test('npm installs one copy of each package of that line', async () => {
    verifies('REG-01');
    const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const wanted = Object.keys(manifest.dependencies).filter((name) => name.startsWith('@opentelemetry/'));
    expect(wanted.length).toBeGreaterThan(5);
    const copies = await openTelemetryCopies(folderOf(line));
    for (const name of wanted.filter((name) => name !== '@opentelemetry/api')) {
      expect(copies.get(name), name).toEqual([expect.stringMatching(versions)]);
    }
    for (const [name, found] of copies) expect(found, name).toHaveLength(1);
  });

  test.each(['--import', '--require'] as const)('a server started with %s is measured', async (flag) => {
    verifies('REG-01');
    const places = await placesOf(line);
    const bare = await record(MEMORY_STDIO, places, { node, end: 'stdin', measured: false });
    const measured = await record(MEMORY_STDIO, places, { node, end: 'stdin', measured: true, flag });
    expect(measured.wire).toEqual(bare.wire);
    expect(measured.exit).toEqual(bare.exit);
    const counted = sumBy(measured.samples, OPERATION_COUNT, operationOf);
    expect(counted).toEqual(operationsIn(MEMORY_STDIO.steps(places)));
  });

  test.each(['stdin', 'SIGTERM', 'SIGINT'] as const)('at %s every span and point arrives over OTLP', async (end) => {
    verifies('NFR-06');
    const places = await placesOf(line);
    const receiver = await startOtlpReceiver();
    try {
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_SAMPLER: 'always_on' };
      await record(MEMORY_STDIO, places, { node, end, measured: true, scraped: false, env });
      expectAll(receiver, places, 1);
    } finally {
      await receiver.close();
    }
  });

  test('what a dead receiver did not take at SIGTERM is delivered by the next start', async () => {
    verifies('NFR-05', 'NFR-06');
    const places = await placesOf(line);
    const spool = join(scratch, `spool-${line.line}`);
    await mkdir(spool);
    const port = places.ports[1];
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_TRACES_SAMPLER: 'always_on',
      MCP_VITALS_SPOOL_DIR: spool,
    };
    const first = await record(MEMORY_STDIO, places, { node, end: 'SIGTERM', measured: true, scraped: false, env });
    expect(first.exit).toEqual({ code: null, signal: 'SIGTERM' });
    const receiver = await startOtlpReceiver(port);
    try {
      await record(MEMORY_STDIO, places, { node, end: 'stdin', measured: true, scraped: false, env });
      expectAll(receiver, places, 2);
    } finally {
      await receiver.close();
    }
  });

  test.each<[resolution: string, types: string[]]>([
    ['nodenext', []],
    ['bundler', ['node']],
  ])(
    'its types compile without skipLibCheck under %s with the global types %j',
    { timeout: 120_000 },
    async (resolution, types) => {
      verifies('REG-03');
      const folder = folderOf(line);
      const text = types.includes('node') ? CONSUMER + REGISTRATION : CONSUMER;
      await writeFile(join(folder, 'consumer.mts'), text);
      await writeFile(
        join(folder, 'tsconfig.json'),
        JSON.stringify({
          compilerOptions: {
            module: resolution === 'bundler' ? 'preserve' : resolution,
            moduleResolution: resolution,
            target: 'es2023',
            strict: true,
            exactOptionalPropertyTypes: true,
            noUncheckedIndexedAccess: true,
            skipLibCheck: false,
            noEmit: true,
            types,
            typeRoots: [join(ROOT, 'node_modules/@types')],
          },
          files: ['consumer.mts'],
        }),
      );
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch((error: { stdout: string }) => error);
      expect(stdout).toBe('');
    },
  );
});

/** Uses each entry as a consumer's own code does. */
const CONSUMER = `
import { defineConfig, isConfigError, startVitals, VERSION } from 'mcp-vitals';
import { METRIC_STAGE_DURATION, STAGES } from 'mcp-vitals/semconv';
import 'mcp-vitals/register';

export const config = defineConfig({ profile: 'production' });
// @ts-expect-error: misspelt names are found
export const misspelt = defineConfig({ profil: 'production' });
export const names: string = [VERSION, METRIC_STAGE_DURATION, ...STAGES].join();
export async function main(): Promise<void> {
  try {
    await startVitals(config);
  } catch (error) {
    if (!isConfigError(error)) throw error;
  }
}
`;

/** And as one of the application's own instrumentations; the types of that package ask for those of Node. */
const REGISTRATION = `
import { type Instrumentation, registerInstrumentations } from '@opentelemetry/instrumentation';
import { McpInstrumentation } from 'mcp-vitals/mcp';

export const instrumentation: Instrumentation = new McpInstrumentation();
registerInstrumentations({ instrumentations: [instrumentation, new McpInstrumentation({ enabled: false })] });
`;

describe.each(NODE_MAJORS)('the entries on Node %s', (major: NodeMajor) => {
  const load = async (kind: 'module' | 'commonjs', code: string): Promise<string> => {
    // Node 22 takes the folder of Node 24: both may have OpenTelemetry 3.x.
    const cwd = folderOf(major === 20 ? LINES[0] : LINES[1]);
    const { stdout, stderr } = await run(await nodeBinary(major), [`--input-type=${kind}`, '--eval', code], { cwd });
    expect(stderr).toBe('');
    return stdout;
  };

  test('are there for import', async () => {
    const code = `import { startVitals } from 'mcp-vitals'; import { STAGES } from 'mcp-vitals/semconv';
      import 'mcp-vitals/register'; console.log(typeof startVitals, STAGES.length);`;
    expect(await load('module', code)).toBe('function 8\n');
  });

  test('are there for require', async () => {
    const code = `const { startVitals } = require('mcp-vitals'); const { STAGES } = require('mcp-vitals/semconv');
      require('mcp-vitals/register'); console.log(typeof startVitals, STAGES.length);`;
    expect(await load('commonjs', code)).toBe('function 8\n');
  });
});

/** All runs of the session have brought every operation as a span and in a point. */
function expectAll(receiver: OtlpReceiver, places: Places, runs: number): void {
  const steps = MEMORY_STDIO.steps(places);
  const expected = Object.values(operationsIn(steps)).reduce((a, b) => a + b, 0) * runs;
  expect(receiver.spans).toHaveLength(expected);
  expect(new Set(receiver.spans.map((span) => span.spanId)).size).toBe(expected);
  const counts = receiver.points('mcp.server.operation.duration').map((point) => point.count ?? 0);
  expect(counts.reduce((a, b) => a + b, 0)).toBe(expected);
}

/** Versions of every installed copy, nested ones too. */
async function openTelemetryCopies(folder: string): Promise<Map<string, string[]>> {
  const copies = new Map<string, string[]>();
  const paths = await readdir(join(folder, 'node_modules'), { recursive: true });
  for (const path of paths) {
    const name = /(?:^|node_modules[\\/])(@opentelemetry[\\/][^\\/]+)[\\/]package\.json$/.exec(path)?.[1];
    if (name === undefined) continue;
    const { version } = JSON.parse(await readFile(join(folder, 'node_modules', path), 'utf8')) as { version: string };
    const key = name.replaceAll('\\', '/');
    copies.set(key, [...(copies.get(key) ?? []), version]);
  }
  return copies;
}
