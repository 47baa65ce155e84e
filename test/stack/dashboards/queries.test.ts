import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { type RunningPrometheus, startPrometheus } from '../../integration/prometheus/prometheus-server.ts';
import { InstrumentedServer, stopServers } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { requireProgram } from '../../support/programs.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/knowledge-base/server.js', import.meta.url));
const COLLECTOR = fileURLToPath(new URL('../../../collector/', import.meta.url));

/** Panels the example server has nothing for, and why; every other one must show something. */
const OFF: Readonly<Record<string, string>> = {
  'Errors by kind': 'needs failed calls of a registered tool',
  Disk: 'a container may have no disk of its own',
  Evictions: 'the caches of the example evict nothing',
  Connections: 'the embedded database has no pool',
  Waiting: 'the embedded database has no pool',
  'Query P95': 'the embedded database is not one that is watched',
  'Batch size': 'the batcher of the example is its own and not watched',
  'Batch wait': 'the batcher of the example is its own and not watched',
  'Batch duration': 'the batcher of the example is its own and not watched',
  'Lost telemetry': 'nothing was lost',
  'Contained failures': 'nothing failed',
};

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

let receiver: OtlpReceiver | undefined;

afterAll(async () => {
  await stopServers();
  await receiver?.close();
});

/** As Grafana does before it asks. */
function substituted(expr: string): string {
  return expr
    .replaceAll('$__rate_interval', '15s')
    .replaceAll('$job', '.+')
    .replaceAll('$instance', '.+')
    .replaceAll('$tool', '.*');
}

/** What is wrong with the answer to a query; `undefined` when it shows something with the labels its legend needs. */
async function problemOf(prometheus: RunningPrometheus, expr: string, legend: string): Promise<string | undefined> {
  const series = await prometheus.query(substituted(expr));
  if (series === undefined) return 'is refused';
  const finite = series.filter(({ value }) => Number.isFinite(Number(value[1])));
  if (finite.length === 0) return series.length === 0 ? 'is empty' : 'has no finite value';
  const labels = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label as string);
  const missing = labels.filter((label) => finite.every(({ metric }) => (metric[label] ?? '') === ''));
  return missing.length === 0 ? undefined : `lacks ${missing.join(', ')}`;
}

test('every panel shows the example server under load, in a real Prometheus with the generated rules', {
  timeout: 180_000,
}, async () => {
  requireProgram('prometheus');
  receiver = await startOtlpReceiver();
  const server = await InstrumentedServer.start(EXAMPLE, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
  const client = new StdioRpcClient(server.child);
  await initialize(client);
  await client.request('tools/list');
  let calls = 0;
  const load = async (): Promise<void> => {
    for (let call = 0; call < 10; call += 1) {
      calls += 1;
      // Half of them new to the cache of embeddings, so that there is work for its batches.
      const query = calls % 2 === 0 ? 'metrics' : `metrics ${calls}`;
      await client.request('tools/call', { name: 'kb.hybrid_search', arguments: { query, limit: 3 } });
    }
    await client.request('tools/list');
  };
  await load();
  const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-dashboards-'));
  const rules = readFileSync(join(COLLECTOR, 'prometheus/rules/mcp-vitals.yml'), 'utf8');
  // The rules as they are, only oftener: nobody waits five minutes here.
  writeFileSync(join(folder, 'rules.yml'), rules.replace(/interval: \w+/g, 'interval: 2s'));
  const { host } = new URL(await server.url());
  try {
    await using prometheus = await startPrometheus(
      `- {job_name: mcp-vitals, static_configs: [{targets: ['${host}']}]}`,
      {
        configuration: [`rule_files: ['${join(folder, 'rules.yml')}']`],
      },
    );
    const queries = readdirSync(join(COLLECTOR, 'grafana/dashboards'))
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => {
        const { panels } = JSON.parse(readFileSync(join(COLLECTOR, 'grafana/dashboards', name), 'utf8')) as {
          panels: Panel[];
        };
        return panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));
      });
    const problems = async (): Promise<string[]> => {
      await load();
      const found: string[] = [];
      for (const { title, expr, legendFormat } of queries) {
        const problem = await problemOf(prometheus, expr, legendFormat);
        if (problem !== undefined && !(title in OFF && problem === 'is empty'))
          found.push(`${title} ${problem}: ${expr}`);
      }
      return found;
    };
    await expect.poll(problems, { timeout: 120_000, interval: 1000 }).toEqual([]);
    const states = await Promise.all(
      queries.map(async ({ title, expr, legendFormat }) => {
        const problem = await problemOf(prometheus, expr, legendFormat);
        return `${title.padEnd(34)} ${problem === undefined ? 'shown' : `empty: ${OFF[title] ?? problem}`}`;
      }),
    );
    process.stderr.write(`${states.join('\n')}\n`);
    const { data } = (await prometheus.get('/api/v1/rules')) as {
      data: { groups: { rules: { name: string; lastError?: string; health: string }[] }[] };
    };
    const unhealthy = data.groups.flatMap((group) => group.rules).filter(({ health }) => health === 'err');
    expect(unhealthy).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
