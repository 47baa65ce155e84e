import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NODE_MAJORS, type NodeMajor } from '../support/nodes.ts';
import { verifies } from '../support/verifies.ts';
import { operationOf, sumBy } from './exposition.ts';
import { emptyProject, packTarball } from './npm.ts';
import { freePort, OPERATION_COUNT, type Recording, record, startDocumentationService } from './recording.ts';
import {
  CONTEXT7_STDIO,
  EVERYTHING_STDIO,
  MEMORY_STDIO,
  operationsIn,
  type Places,
  SESSIONS,
  type Session,
  THINKING_STDIO,
} from './sessions.ts';
import { installBesideThirdParty } from './third-party.ts';

const bundled = (original: Session, how: string, script: string) => ({
  original,
  session: { ...original, title: `${original.title}, ${how}`, script, ends: ['stdin'] } satisfies Session,
});

/** Bundled by this test: one file each, names of classes and variables gone. */
const BUNDLED = [
  bundled(MEMORY_STDIO, 'bundled and minified as an ES module', 'bundles/memory/dist/lib/server.mjs'),
  bundled(THINKING_STDIO, 'bundled and minified as CommonJS', 'bundles/thinking/dist/lib/server.cjs'),
  bundled(CONTEXT7_STDIO, 'bundled and minified as an ES module', 'bundles/context7/dist/lib/server.mjs'),
];

interface Case {
  readonly title: string;
  readonly session: Session;
  readonly node?: NodeMajor;
}

const CASES: readonly Case[] = [
  ...[...SESSIONS, ...BUNDLED.map(({ session }) => session)].map((session) => ({ title: session.title, session })),
  // The other lines of Node have another kind of loader hooks; one server of each SDK shows that they serve as well.
  ...NODE_MAJORS.filter((major) => !process.versions.node.startsWith(`${major}.`)).flatMap((node) =>
    [EVERYTHING_STDIO, CONTEXT7_STDIO].map((session) => ({
      title: `${session.title} on Node ${node}`,
      session: { ...session, ends: session.ends.slice(0, 2) },
      node,
    })),
  ),
];

/** Longest work of ours at the end: two seconds, and as much again for a machine that has other things to do. */
const END_WORK_MS = 4000;

const STAGES = [
  'queue',
  'protocol',
  'validation',
  'execution',
  'output_validation',
  'serialization',
  'transmission',
  'unattributed',
];

let scratch: string;
let folder: string;
let service: Awaited<ReturnType<typeof startDocumentationService>>;

const placesOf = async (title: string): Promise<Places> => ({
  folder,
  state: join(scratch, title.replaceAll(/\W+/g, '-')),
  ports: [await freePort(), await freePort()],
  api: service.url,
});

beforeAll(async () => {
  scratch = await emptyProject();
  const tarball = await packTarball(scratch);
  folder = await installBesideThirdParty(tarball.path);
  await bundle();
  service = await startDocumentationService();
}, 600_000);

afterAll(async () => {
  service?.close();
  for (const path of [scratch, folder]) if (path !== undefined) await rm(path, { recursive: true, force: true });
});

/** Some of the servers read the `package.json` one or two folders above them, so the bundles have these as well. */
async function bundle(): Promise<void> {
  for (const { original, session } of BUNDLED) {
    const outfile = join(folder, session.script);
    const cjs = outfile.endsWith('.cjs');
    await build({
      entryPoints: [join(folder, original.script)],
      outfile,
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node20',
      format: cjs ? 'cjs' : 'esm',
      logLevel: 'error',
      // What bundlers do for the half of the packages that needs the other module system.
      banner: {
        js: cjs
          ? `const __url = require('node:url').pathToFileURL(__filename).href;`
          : `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
      },
      ...(cjs ? { define: { 'import.meta.url': '__url' } } : {}),
    });
    for (const above of ['..', '../..']) {
      await cp(
        join(folder, dirname(original.script), '../package.json'),
        join(dirname(outfile), above, 'package.json'),
      );
    }
  }
}

/** Lines of ours begin with our name; the process id in a warning of Node is another in every run. */
const foreignLines = (stderr: string): string[] =>
  stderr
    .split('\n')
    .filter((line) => !line.startsWith('mcp-vitals'))
    .map((line) => line.replace(/^\(node:\d+\)/, '(node)'));

describe.each(CASES)('$title', ({ title, session, node }) => {
  const [end, ...otherEnds] = session.ends;
  let bare: Recording;
  let measured: Recording;
  const run = node === undefined ? {} : { node };
  let places: Places;

  beforeAll(async () => {
    if (end === undefined) throw new Error('a session needs a way to end');
    places = await placesOf(title);
    bare = await record(session, places, { ...run, end, measured: false });
    measured = await record(session, places, { ...run, end, measured: true });
  });

  const expectSameEnd = (mine: Recording, theirs: Recording): void => {
    expect(mine.exit).toEqual(theirs.exit);
    expect(mine.exitMs).toBeLessThan(theirs.exitMs + END_WORK_MS);
    expect(mine.survivors).toEqual([]);
    expect(mine.discoveryFiles).toEqual([]);
  };

  test('answers byte for byte as without the product', () => {
    verifies('REG-01', 'REG-02');
    expect(measured.wire).toEqual(bare.wire);
    // The recorder has seen the whole session.
    expect(Object.values(bare.wire).join('').length).toBeGreaterThan(1000);
  });

  test('has every operation of the client counted on /metrics, and nothing else', () => {
    verifies('REG-01', 'REG-02');
    const counted = sumBy(measured.samples, OPERATION_COUNT, operationOf);
    expect(counted).toEqual(operationsIn(session.steps(places)));
  });

  test('shows every stage of every tool call, and they add up to its duration', () => {
    verifies('REG-01', 'REG-02');
    const calls = Object.entries(operationsIn(session.steps(places))).filter(([name]) => name.startsWith('tools/call'));
    expect(calls.length).toBeGreaterThan(1);
    for (const [operation, count] of calls) {
      const of = (labels: Readonly<Record<string, string>>): boolean => operationOf(labels) === operation;
      const stageOf = (labels: Readonly<Record<string, string>>): string | undefined =>
        of(labels) ? labels['mcp_vitals_stage'] : undefined;
      const counts = sumBy(measured.samples, 'mcp_vitals_stage_duration_seconds_count', stageOf);
      expect(counts, operation).toEqual(Object.fromEntries(STAGES.map((stage) => [stage, count])));

      const stages = sumBy(measured.samples, 'mcp_vitals_stage_duration_seconds_sum', stageOf);
      const whole = sumBy(measured.samples, 'mcp_server_operation_duration_seconds_sum', (labels) =>
        of(labels) ? 'sum' : undefined,
      )['sum'];
      const together = Object.values(stages).reduce((a, b) => a + b, 0);
      expect(together / (whole ?? Number.NaN), `${operation}: ${JSON.stringify(stages)}`).toBeCloseTo(1, 1);
      if (operation.endsWith('_OTHER')) continue;
      for (const stage of ['protocol', 'validation', 'serialization', 'transmission']) {
        expect(stages[stage], `${stage} of ${operation}`).toBeGreaterThan(0);
      }
    }
  });

  test('writes to stderr what the server writes, and lines that begin with our name', () => {
    verifies('REG-01');
    expect(foreignLines(measured.stderr)).toEqual(foreignLines(bare.stderr));
  });

  test(`ends at ${end} as without the product`, () => {
    verifies('REG-01', 'NFR-06');
    expectSameEnd(measured, bare);
  });

  test.each(otherEnds)('ends at %s as without the product', async (otherEnd) => {
    verifies('REG-01', 'NFR-06');
    const theirs = await record(session, places, { ...run, end: otherEnd, measured: false });
    const mine = await record(session, places, { ...run, end: otherEnd, measured: true, scraped: false });
    expectSameEnd(mine, theirs);
    expect(mine.wire).toEqual(theirs.wire);
    expect(foreignLines(mine.stderr)).toEqual(foreignLines(theirs.stderr));
  });
});

test('answers and ends in the same way when nothing of the telemetry can work', async () => {
  verifies('NFR-05');
  const places = await placesOf('broken');
  const dead = await freePort();
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${dead}`,
    MCP_VITALS_CONFIG: join(folder, 'no-such-config.json'),
    MCP_VITALS_PROFILE: 'no such profile',
    MCP_VITALS_PORT: 'ninety',
    MCP_VITALS_DISCOVERY_DIR: join(folder, 'package.json'),
  };
  for (const end of ['stdin', 'SIGTERM'] as const) {
    const bare = await record(MEMORY_STDIO, places, { end, measured: false });
    const measured = await record(MEMORY_STDIO, places, { end, measured: true, scraped: false, env });
    expect(measured.wire).toEqual(bare.wire);
    expect(measured.exit).toEqual(bare.exit);
    expect(measured.exitMs).toBeLessThan(bare.exitMs + END_WORK_MS);
    expect(foreignLines(measured.stderr)).toEqual(foreignLines(bare.stderr));
    expect(measured.stderr).toContain('MCP_VITALS_PROFILE');
  }
});
