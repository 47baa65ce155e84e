import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationOf, sumBy } from '../../package/exposition.ts';
import { freePort, OPERATION_COUNT, type Recording, record } from '../../package/recording.ts';
import { operationsIn, type Places } from '../../package/sessions.ts';
import type { FrameworkRow } from '../../support/framework-table.ts';
import { stopServers } from '../../support/instrumented-server.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { verifies } from '../../support/verifies.ts';
import { FRAMEWORKS } from './frameworks.ts';
import { installFramework } from './install.ts';

/** The kind of a span of a server as OTLP numbers it. */
const SERVER = 2;

const STAGES = [
  'queue',
  'protocol',
  'validation',
  'execution',
  'output_validation',
  'serialization',
  'transmission',
] as const;

/** The package of SDK 1.x has a name of its own. */
async function generationOf(folder: string, name: string): Promise<string> {
  const manifest = await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8');
  const { dependencies, peerDependencies } = JSON.parse(manifest) as Record<string, Record<string, string> | undefined>;
  return '@modelcontextprotocol/sdk' in { ...dependencies, ...peerDependencies } ? '1.x' : '2.x';
}

const rows: FrameworkRow[] = [];
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'mcp-vitals-frameworks-'));
});

afterAll(async () => {
  await stopServers();
  await rm(scratch, { recursive: true, force: true });
});

describe.each(FRAMEWORKS)('a server written with $name', (framework) => {
  const { name, packages, node, nodeReason, session } = framework;
  const [end] = session.ends;
  let places: Places;
  let receiver: OtlpReceiver;
  let bare: Recording;
  let measured: Recording;

  beforeAll(async () => {
    if (end === undefined) throw new Error('a session needs a way to end');
    const folder = await installFramework(framework);
    const state = join(scratch, name.replaceAll(/\W+/g, '-'));
    places = { folder, state, ports: [await freePort(), await freePort()], api: '' };
    receiver = await startOtlpReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_SAMPLER: 'always_on' };
    bare = await record(session, places, { node, end, measured: false });
    measured = await record(session, places, { node, end, measured: true, env });
  }, 600_000);

  afterAll(() => receiver?.close());

  test('answers byte for byte and ends as without the product', () => {
    verifies('REG-01', 'REG-02');
    expect(measured.wire).toEqual(bare.wire);
    expect(Object.values(bare.wire).join('').length).toBeGreaterThan(1000);
    expect(measured.exit).toEqual(bare.exit);
  });

  test('has every operation of the client counted on /metrics, and nothing else', () => {
    verifies('REG-01', 'REG-02', 'LAT-01');
    const counted = sumBy(measured.samples, OPERATION_COUNT, operationOf);
    expect(counted).toEqual(operationsIn(session.steps(places)));
  });

  test('has one span of every operation, whatever the framework records itself', () => {
    verifies('REG-01');
    const counts: Record<string, number> = {};
    for (const { name: operation } of receiver.spans.filter(({ kind }) => kind === SERVER)) {
      counts[operation] = (counts[operation] ?? 0) + 1;
    }
    expect(counts).toEqual(operationsIn(session.steps(places)));
  });

  test('shows the handler as the execution stage, and no time that belongs to no stage', async () => {
    verifies('REG-01', 'REG-02');
    const seconds = (tool: string): Record<string, number> =>
      sumBy(measured.samples, 'mcp_vitals_stage_duration_seconds_sum', (labels) =>
        labels['gen_ai_tool_name'] === tool ? labels['mcp_vitals_stage'] : undefined,
      );
    for (const tool of ['greet', 'fail']) {
      expect(seconds(tool)['execution'], tool).toBeGreaterThan(0);
      expect(seconds(tool)['unattributed'], tool).toBe(0);
    }
    const [first = ''] = packages;
    rows.push({
      name,
      version: first.slice(first.lastIndexOf('@') + 1),
      sdk: await generationOf(places.folder, name),
      transport: session.title,
      node: nodeReason === undefined ? `${node}` : `${node}: ${nodeReason}`,
      stages: STAGES.filter((stage) => (seconds('greet')[stage] ?? 0) > 0),
    });
  });
});

test('the table of frameworks in the documentation says what was measured (written by vitest -u)', async () => {
  await expect(`${JSON.stringify(rows, null, 2)}\n`).toMatchFileSnapshot('../../golden/frameworks.json');
});
