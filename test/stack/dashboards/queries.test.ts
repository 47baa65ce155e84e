import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { exampleSeries } from '../../../src/rules/prometheus/example-series.ts';
import { fleetObjectives } from '../../../src/rules/prometheus/objective-rules.ts';
import { defaultObjectives } from '../../../src/slo/default-objectives.ts';
import { resolveObjectives } from '../../../src/slo/definition.ts';
import { type RunningPrometheus, startPrometheus } from '../../integration/prometheus/prometheus-server.ts';
import { InstrumentedServer, stopServers } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { requireProgram } from '../../support/programs.ts';
import { verifies } from '../../support/verifies.ts';
import { promtool } from '../rules/promtool.ts';
import { startGrafanaStandIn, verifyPanels } from './grafana-stand-in.ts';
import { panelQueries, problemOf, shown, substituted } from './panels.ts';
import { askedSeries, historyRecords, rulesIn, rulesOf } from './rules.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/knowledge-base/server.js', import.meta.url));
const TROUBLED = fileURLToPath(new URL('./fixtures/troubled-server.mjs', import.meta.url));
const COLLECTOR = fileURLToPath(new URL('../../../collector/', import.meta.url));
const RULES = join(COLLECTOR, 'prometheus/rules/mcp-vitals.yml');
const LIMIT = { timeout: 120_000, interval: 1000 };
const BLOCK_DEVICES = '/sys/block';

/** Panels nothing can be shown in on a machine of this kind: then they must be empty, on any other they must not. */
const IMPOSSIBLE_HERE: Readonly<Record<string, boolean>> = { Disk: !hasDisk() };

/** Whether the kernel has a real disk that was ever used; asked elsewhere than where the product looks. */
function hasDisk(): boolean {
  const devices = existsSync(BLOCK_DEVICES) ? readdirSync(BLOCK_DEVICES) : [];
  return devices.some((name) => {
    if (!existsSync(join(BLOCK_DEVICES, name, 'device'))) return false;
    const [reads = 0, , , , writes = 0] = readFileSync(join(BLOCK_DEVICES, name, 'stat'), 'utf8')
      .trim()
      .split(/\s+/);
    return Number(reads) + Number(writes) > 0;
  });
}

const started: { close(): Promise<void> }[] = [];
const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-dashboards-'));
afterAll(async () => {
  await stopServers();
  for (const one of started.reverse()) await one.close();
  rmSync(folder, { recursive: true });
});

interface Scene {
  readonly prometheus: RunningPrometheus;
  /** What Prometheus calls the two servers. */
  readonly instances: { readonly example: string; readonly troubled: string };
  /** Some more calls of everything. */
  load(): Promise<void>;
}

/** A server, its client, and where it is scraped. */
async function serve(script: string, env: Record<string, string>, instrumented: boolean, ready?: RegExp) {
  const server = await InstrumentedServer.start(script, { env, instrumented });
  const client = new StdioRpcClient(server.child);
  // The example indexes before it answers.
  if (ready !== undefined) await expect.poll(() => server.stderr, LIMIT).toMatch(ready);
  await initialize(client);
  await client.request('tools/list');
  const call = (name: string, args: object) => client.request('tools/call', { name, arguments: args });
  return { call, client, host: new URL(await server.url()).host };
}

/**
 * Two servers that have between them everything a panel can show: the example on a real Postgres, exporting to a receiver that
 * takes what it gets; and one in trouble, exporting to a receiver that refuses everything, through a queue that overflows.
 */
async function start(): Promise<Scene> {
  const postgres: Postgres = await startPostgres();
  started.push({ close: () => postgres.stop() });
  const receivers: OtlpReceiver[] = [await startOtlpReceiver(), await startOtlpReceiver()];
  started.push(...receivers);
  const [accepting, refusing] = receivers as [OtlpReceiver, OtlpReceiver];
  refusing.behave(503);
  const [example, troubled] = await Promise.all([
    serve(
      EXAMPLE,
      {
        DATABASE_URL: `postgres://test@127.0.0.1:${postgres.port}/postgres`,
        OTEL_EXPORTER_OTLP_ENDPOINT: accepting.url,
      },
      true,
      /ready on stdio/,
    ),
    serve(
      TROUBLED,
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: refusing.url,
        OTEL_TRACES_SAMPLER: 'always_on',
        OTEL_BSP_MAX_QUEUE_SIZE: '8',
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4',
      },
      false,
    ),
  ]);
  let rounds = 0;
  const load = async (): Promise<void> => {
    rounds += 1;
    for (let call = 0; call < 10; call += 1) {
      // Half of them new to the cache of embeddings, so that there is work for its batches.
      const query = call % 2 === 0 ? 'metrics' : `metrics ${rounds} ${call}`;
      await example.call('kb.hybrid_search', { query, limit: 3 });
      await troubled.call('look_up', { key: `${rounds} ${call}` });
    }
    // Text Postgres does not take: a query that fails.
    await example.call('kb.add_document', { id: 'refused', title: 'refused', text: `refused\0` });
    for (const how of ['answer', 'code', 'throw']) await troubled.call('fail', { how });
    await example.client.request('tools/list');
  };
  await load();
  const rules = readFileSync(RULES, 'utf8');
  // The rules as they are, only oftener: nobody waits five minutes here.
  writeFileSync(join(folder, 'rules.yml'), rules.replace(/interval: \w+/g, 'interval: 2s'));
  const prometheus = await startPrometheus(
    `- {job_name: mcp-vitals, static_configs: [{targets: ['${example.host}', '${troubled.host}']}]}`,
    { configuration: [`rule_files: ['${join(folder, 'rules.yml')}']`] },
  );
  started.push({ close: async () => await prometheus[Symbol.asyncDispose]() });
  return { prometheus, instances: { example: example.host, troubled: troubled.host }, load };
}

let starting: Promise<Scene> | undefined;
/** Started by the first test, so that a missing program skips every one of them. */
function scene(): Promise<Scene> {
  requireProgram('prometheus');
  starting ??= start();
  return starting;
}

describe('two servers under load with every feature on, in a real Prometheus with the generated rules', {
  timeout: 180_000,
}, () => {
  verifies('DSH-04');

  const queries = panelQueries(join(COLLECTOR, 'grafana/dashboards'));

  test('every query of every panel shows figures, with every label its legend names and no two series of one name', async () => {
    const { prometheus, load } = await scene();
    expect(queries.length).toBeGreaterThan(45);
    const problems = async (): Promise<string[]> => {
      await load();
      const found: string[] = [];
      for (const query of queries) {
        const problem = problemOf(await shown(prometheus, substituted(query.expr)), query);
        const isRight = IMPOSSIBLE_HERE[query.title] === true ? problem === 'is empty' : problem === undefined;
        if (!isRight) found.push(`${query.title} ${problem ?? 'is not empty'}: ${query.expr}`);
      }
      return found;
    };
    await expect.poll(problems, LIMIT).toEqual([]);
    for (const query of queries) {
      const series = await shown(prometheus, substituted(query.expr));
      const labels = series.slice(0, 3).map(({ metric }) => Object.values(metric).join(' '));
      process.stderr.write(`${query.title.padEnd(30)} ${series.length} series: ${labels.join(' | ')}\n`);
    }
  });

  test('failures are told apart by kind, losses by signal and reason', async () => {
    const { prometheus } = await scene();
    const labelsOf = async (title: string, label: string) => {
      const query = queries.find((one) => one.title === title);
      const series = await shown(prometheus, substituted(query?.expr ?? ''));
      return series.filter(({ value }) => Number(value[1]) > 0).map(({ metric }) => metric[label]);
    };
    expect((await labelsOf('Errors by kind', 'error_type')).sort()).toEqual(['-32050', '-32603', 'tool_error']);
    expect(await labelsOf('Lost telemetry', 'mcp_vitals_signal')).toContain('traces');
    expect(await labelsOf('Contained failures', 'error_type')).toEqual(['TypeError']);
    expect(await labelsOf('Evictions', 'mcp_vitals_cache_name')).toEqual(['orders']);
  });

  test('a panel that is empty for one server says what it needs', async () => {
    const { prometheus, instances, load } = await scene();
    const empty = new Set<string>();
    const silent = async (): Promise<string[]> => {
      await load();
      const found: string[] = [];
      for (const query of queries.filter(({ expr }) => expr.includes('$instance'))) {
        for (const instance of Object.values(instances)) {
          const series = await shown(prometheus, substituted(query.expr, instance.replaceAll('.', '\\\\.')));
          if (series.length > 0) continue;
          empty.add(query.title);
          if (!query.noValue.startsWith('no data: needs ')) found.push(`${query.title} for ${instance}`);
        }
      }
      return found;
    };
    await expect.poll(silent, LIMIT).toEqual([]);
    // Both servers lack something.
    expect([...empty]).toEqual(
      expect.arrayContaining(['Connections', 'Batch size', 'Lost telemetry', 'Contained failures']),
    );
  });

  test('every rule is evaluated without an error, what it records exists, and so does what every alert asks for', async () => {
    const { prometheus, load } = await scene();
    const rules = rulesOf(await prometheus.get('/api/v1/rules'));
    expect(rules.length).toBeGreaterThan(200);
    const late = historyRecords(rules);
    const wanted = askedSeries(rules).filter((selector) => !late.some((name) => selector.startsWith(name)));
    expect(wanted.length).toBeGreaterThan(30);
    const problems = async (): Promise<string[]> => {
      await load();
      const found = rulesOf(await prometheus.get('/api/v1/rules')).flatMap(({ name, health, lastError }) =>
        health === 'err' ? `${name}: ${lastError}` : [],
      );
      for (const selector of wanted) if ((await prometheus.query(selector)).length === 0) found.push(selector);
      return found;
    };
    await expect.poll(problems, LIMIT).toEqual([]);
  });

  test('the check of a Grafana on a machine with Docker gets every panel filled, its password taken from a file', async () => {
    const { prometheus, load } = await scene();
    await load();
    await using grafana = await startGrafanaStandIn((expr) => shown(prometheus, expr));
    const { code, output } = await verifyPanels(grafana.url, join(folder, 'curl'));
    expect(output).toContain('data source jaeger: OK');
    expect(output).toContain(`${queries.length} queries of panels asked through Grafana`);
    expect(output).not.toContain('FAILED');
    // Nothing but the disk of a machine that has none may be missing, and it says so.
    const empty = output.split('\n').filter((line) => line.includes('empty, and says'));
    expect(empty.filter((line) => !(IMPOSSIBLE_HERE['Disk'] === true && line.includes('Disk')))).toEqual([]);
    expect(code).toBe(0);
  });
});

describe('the check of a Grafana on a machine with Docker', () => {
  const value = { metric: {}, value: [0, '1'] } as const;

  test('fails on a data source that does not answer, on a refused query and on a panel that is empty without a word', async () => {
    await using grafana = await startGrafanaStandIn(
      async (expr) => {
        if (expr.includes('scrape_duration_seconds')) throw new Error('bad_data: it is refused');
        return expr.includes('scrape_samples_scraped') || expr.includes('queue_size') ? [] : [value];
      },
      { jaeger: 'ERROR' },
      'mcp-vitals-telemetry',
    );
    const { code, output } = await verifyPanels(grafana.url, join(folder, 'curl'));
    expect(output.match(/FAILED: .+/g)?.sort()).toEqual([
      'FAILED: MCP telemetry health, Samples: empty',
      'FAILED: MCP telemetry health, Scrape duration: bad_data: it is refused',
      'FAILED: data source jaeger: ERROR',
    ]);
    expect(output).toContain('Waiting for export: empty, and says: no data: needs an OTLP endpoint');
    expect(code).toBe(1);
  });
});

test('what the rules record only after hours exists after four hours of failing calls', {
  timeout: 120_000,
}, async () => {
  const [objective] = fleetObjectives(resolveObjectives(defaultObjectives('production'))).filter(
    ({ definition }) => definition.indicator === 'success' && definition.name?.text === 'tools/call *',
  );
  if (objective === undefined) throw new Error('there is no objective on the success of tools');
  const rules = rulesIn(RULES);
  const late = historyRecords(rules);
  expect(late).toEqual(expect.arrayContaining(['mcp_vitals:objective_burning:tier']));
  const selectors = askedSeries(rules).filter((selector) => late.some((name) => selector.startsWith(name)));
  const group = {
    interval: '2m',
    // Counted in the steps of the interval.
    input_series: exampleSeries([objective], { perMinute: 60, goodPerMinute: 30, minutes: 120 }),
    promql_expr_test: selectors.map((selector) => ({
      expr: `count(${selector}) > bool 0`,
      eval_time: '230m',
      exp_samples: [{ labels: '{}', value: 1 }],
    })),
  };
  const file = join(folder, 'history.test.yml');
  writeFileSync(file, stringify({ rule_files: [RULES], evaluation_interval: '2m', tests: [group] }));
  const { output } = await promtool('test', 'rules', file);
  expect(output).toContain('SUCCESS');
});
