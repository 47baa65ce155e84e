import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { InstrumentedServer } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import type { NodeMajor } from '../../support/nodes.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { packagesFolder } from '../../support/packages-folder.ts';
import { verifies } from '../../support/verifies.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FIXTURE = join(ROOT, 'test/integration/slo/fixtures/own-provider.mjs');
const CALLS = 60;
/** Every tenth call misses its objective. */
const SLOW = CALLS / 10;

interface Users {
  readonly title: string;
  readonly flavour: 'trace-node' | 'trace';
  readonly packages: readonly string[];
  readonly node: NodeMajor;
}

const LINES: readonly Users[] = [
  {
    title: 'NodeTracerProvider of sdk-trace-node 2.12',
    flavour: 'trace-node',
    node: 20,
    packages: [
      '@opentelemetry/api@1.9.1',
      ...['sdk-trace-node', 'sdk-trace', 'core', 'resources', 'sdk-metrics', 'context-async-hooks'].map(
        (name) => `@opentelemetry/${name}@2.12.0`,
      ),
      ...['exporter-trace-otlp-proto', 'otlp-exporter-base', 'otlp-transformer'].map(
        (name) => `@opentelemetry/${name}@0.223.0`,
      ),
    ],
  },
  {
    title: 'TracerProvider of sdk-trace 3.1',
    flavour: 'trace',
    node: 24,
    packages: [
      '@opentelemetry/api@1.10.0',
      ...['sdk-trace', 'core', 'resources', 'sdk-metrics', 'context-async-hooks'].map(
        (name) => `@opentelemetry/${name}@3.1.0`,
      ),
      ...['exporter-trace-otlp-proto', 'otlp-exporter-base', 'otlp-transformer'].map(
        (name) => `@opentelemetry/${name}@0.301.0`,
      ),
    ],
  },
];

let server: InstrumentedServer | undefined;
let receiver: OtlpReceiver | undefined;
let programs = '';
afterEach(async () => {
  await server?.stop();
  await receiver?.close();
  await rm(programs, { recursive: true, force: true });
});

/** The built product and the application, installed as a user has them: beside the packages of one line. */
async function install({ title, packages }: Users): Promise<string> {
  const folder = await mkdtemp(join(await packagesFolder(title, packages), 'run-'));
  const product = join(folder, 'node_modules/mcp-vitals');
  await mkdir(product, { recursive: true });
  await cp(join(ROOT, 'dist'), join(product, 'dist'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(product, 'package.json'));
  await cp(FIXTURE, join(folder, 'server.mjs'));
  return folder;
}

describe.each(LINES)('the span processor and the sampler in a $title', (line) => {
  it('export the whole traces that miss an objective at a head sampling of 0, and change no percentile', {
    timeout: 300_000,
  }, async () => {
    verifies('LAT-05', 'LAT-07', 'LAT-08');
    programs = await install(line);
    receiver = await startOtlpReceiver();
    const exporting = '@opentelemetry/exporter-trace-otlp-proto';
    const options = { flavour: line.flavour, slo: 'mcp-vitals/slo', exporting, url: receiver.url };
    server = await InstrumentedServer.start(join(programs, 'server.mjs'), {
      register: pathToFileURL(join(programs, 'node_modules/mcp-vitals/dist/register.js')).href,
      arguments: [JSON.stringify(options)],
      node: line.node,
      cwd: programs,
      env: { MCP_VITALS_OBJECTIVES: JSON.stringify([{ tool: 'work', p95: 250 }]) },
    });
    const client = new StdioRpcClient(server.child);
    await initialize(client);
    await server.url();
    for (let call = 0; call < CALLS; call += 1) await client.request('tools/call', { name: 'work', arguments: {} });

    const operations = () => receiver?.spans.filter(({ name }) => name === 'tools/call work') ?? [];
    await receiver.until(() => operations().length >= SLOW);
    expect(operations()).toHaveLength(SLOW);
    for (const { traceId, spanId, attributes, events } of operations()) {
      expect(attributes['mcp_vitals.objective.breached']).toEqual(['tools/call work p95']);
      expect(events.map(({ name }) => name)).toEqual(['mcp_vitals.objective.breach']);
      const children = receiver.spans.filter((span) => span.traceId === traceId && span.spanId !== spanId);
      expect(children.map(({ name }) => name).sort()).toEqual(['query', 'row']);
    }
    // Nothing else has left: of the other 54 traces, of `initialize`, of anything.
    expect(receiver.spans).toHaveLength(3 * SLOW);

    const { operations: measured, objectives } = await server.snapshot();
    const { latency, count } = measured.find(({ target }) => target === 'work') ?? {};
    expect([count, latency?.count]).toEqual([CALLS, CALLS]);
    const quantile = (q: number) => latency?.quantiles.find((estimate) => estimate.quantile === q)?.seconds ?? 0;
    expect(quantile(0.5)).toBeLessThan(0.25);
    expect(quantile(0.95)).toBeGreaterThan(0.39);
    expect(objectives?.find(({ id }) => id === 'tools/call work p95')).toMatchObject({
      breaches: SLOW,
      state: 'breached',
    });
    expect(server.stderr).toBe('');
  });
});
