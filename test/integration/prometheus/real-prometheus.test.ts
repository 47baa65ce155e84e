import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createDiag } from '../../../src/core/diag.ts';
import { PrometheusFormatter } from '../../../src/exporters/prometheus/formatter.ts';
import { createStatusServer } from '../../../src/status/status-server.ts';
import { liveFigures } from '../../support/live-figures.ts';
import { requireProgram } from '../../support/programs.ts';
import { verifies } from '../../support/verifies.ts';
import { createMeter } from '../../unit/exporters/prometheus/meter.ts';
import { afterTest, temporaryDirectory } from '../../unit/status/endpoint.ts';
import { SNAPSHOT } from '../../unit/status/snapshot.ts';
import { type QueriedSeries, type RunningPrometheus, startPrometheus } from './prometheus-server.ts';
import { collectScenario, HOSTILE_VALUES } from './scenario.ts';

/** Exit status of promtool for style remarks alone; 1 is for texts it cannot parse. */
const LINT_ONLY = 3;

const UP = 'up{job="vitals"}';

/** Serves a text at the real endpoint and has a real Prometheus find it through its discovery file. */
async function scraped(
  text: () => string,
  access: { readonly token?: string; readonly credentials?: string } = {},
): Promise<RunningPrometheus> {
  requireProgram('prometheus');
  const discoveryDir = temporaryDirectory();
  const server = createStatusServer({
    host: '127.0.0.1',
    port: 0,
    token: access.token,
    discoveryDir,
    service: () => SNAPSHOT.service,
    sources: {
      metricsText: async () => text(),
      snapshot: () => SNAPSHOT,
      live: liveFigures(() => SNAPSHOT),
      summaryText: () => '',
    },
    diag: createDiag(),
    clock: systemClock,
  });
  afterTest(() => server.stop());
  await server.start();
  const { credentials } = access;
  const authorization = credentials === undefined ? '' : `, authorization: {credentials: ${credentials}}`;
  const prometheus = await startPrometheus(
    `- {job_name: vitals, file_sd_configs: [{files: ['${discoveryDir}/*.json']}]${authorization}}`,
  );
  afterTest(() => prometheus[Symbol.asyncDispose]());
  const upValue = async () => (await prometheus.query(UP))[0]?.value[1];
  await expect.poll(upValue, { timeout: 15_000, interval: 200 }).toBeDefined();
  return prometheus;
}

function withoutTarget({ metric }: QueriedSeries): Record<string, string> {
  const { __name__, job, instance, pid, service, service_instance, started_at, url, version, ...own } = metric;
  return own;
}

const SCOPE = { otel_scope_name: 'mcp-vitals', otel_scope_version: '0.1.0' };

describe('real promtool', () => {
  it('parses the scenario; what it remarks is the missing help of instruments without a description', async () => {
    const promtool = requireProgram('promtool');
    const input = Buffer.from(new PrometheusFormatter().format(await collectScenario()));
    const result = spawnSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8' });
    const remarks = result.stderr.trim().split('\n');
    expect(result.status, result.stderr).toBe(LINT_ONLY);
    expect(remarks).toHaveLength(5);
    for (const remark of remarks) expect(remark).toMatch(/^\S+ no help text$/);
  });

  it('parses whatever names, labels and descriptions an application thinks of', async () => {
    const promtool = requireProgram('promtool');
    const { provider, collect } = createMeter();
    const meter = provider.getMeter('any "scope" \\ \n', '1\0');
    const seed = 20_261_121;
    const texts = fc.sample(fc.string({ unit: 'binary', maxLength: 12 }), { numRuns: 600, seed });
    texts.forEach((text, at) => {
      const options = { description: texts[at + 1] ?? '', unit: (texts[at + 2] ?? '').slice(0, 4) };
      const attributes = { [text]: texts[at + 3] ?? '', le: text, [`__${text}`]: at };
      if (at % 3 === 0) meter.createCounter(`${text}${at}`, options).add(1, attributes);
      else if (at % 3 === 1) meter.createHistogram(`${text}${at}`, options).record(at, attributes);
      else meter.createGauge(`${text}${at}`, options).record(at, attributes);
    });
    const formatter = new PrometheusFormatter();
    const input = Buffer.from(formatter.format(await collect()));
    const result = spawnSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8' });
    expect(result.status, result.stderr.slice(0, 500)).toBe(LINT_ONLY);
    expect(input.toString().match(/^# TYPE /gm)?.length).toBeGreaterThan(100);
  });

  it('finds the faults this test exists for', () => {
    const promtool = requireProgram('promtool');
    for (const broken of ['a{b="c} 1\n', '# TYPE a counter\n# TYPE a gauge\na 1\n', 'a 1 2 3\n']) {
      expect(spawnSync(promtool, ['check', 'metrics'], { input: broken }).status).toBe(1);
    }
  });
});

describe('real Prometheus', () => {
  it('finds the endpoint through its discovery file and reads every value back', async () => {
    const metrics = await collectScenario();
    const formatter = new PrometheusFormatter();
    const samples = formatter
      .format(metrics)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')).length;
    const prometheus = await scraped(() => formatter.format(metrics));
    const one = async (promql: string) => (await prometheus.query(promql)).map((series) => series.value[1]);

    const [up] = await prometheus.query(UP);
    expect(up?.value[1]).toBe('1');
    expect(up?.metric).toMatchObject({
      service: 'kb',
      version: '1.2.3',
      service_instance: 'i-1',
      pid: String(process.pid),
      url: `http://${up?.metric['instance']}`,
    });

    // Prometheus drops what it has seen in the same scrape already; nothing of ours is dropped.
    expect(samples).toBeGreaterThan(100);
    expect(await one('scrape_samples_scraped{job="vitals"}')).toEqual([String(samples)]);
    expect(await one('scrape_samples_post_metric_relabeling{job="vitals"}')).toEqual([String(samples)]);
    expect(await one('count({job="vitals", otel_scope_name!=""} or target_info)')).toEqual([String(samples)]);

    const buckets = await prometheus.query(
      'mcp_server_operation_duration_seconds_bucket{mcp_method_name="tools/call"}',
    );
    expect(Object.fromEntries(buckets.map(({ metric, value }) => [metric['le'], value[1]]))).toEqual({
      '5e-05': '1',
      '0.01': '2',
      '0.5': '4',
      '1': '4',
      '10': '5',
      '+Inf': '6',
    });
    expect(await one('mcp_server_operation_duration_seconds_count{mcp_method_name="tools/call"}')).toEqual(['6']);
    expect(await one('mcp_server_operation_duration_seconds_sum{mcp_method_name="tools/call"}')).toEqual(['407.60401']);
    expect(await one('mcp_vitals_message_size_bytes_bucket{le="2.097152e+06"}')).toEqual(['1']);
    expect(await one('exponential_duration_seconds_bucket{series="wide",le="2"}')).toEqual(['6']);
    expect(
      await one('histogram_quantile(0.5, exponential_duration_seconds_bucket{series="narrow"}) > 0.2 < 0.26'),
    ).toHaveLength(1);

    const hostile = await prometheus.query('mcp_vitals_self_errors_total{value!=""}');
    expect(Object.fromEntries(hostile.map(({ metric, value }) => [value[1], metric['value']]))).toEqual(
      Object.fromEntries(
        HOSTILE_VALUES.map((value, at) => [String(at + 1), Buffer.from(value).toString().replace('\0', '\uFFFD')]),
      ),
    );
    const collided = await prometheus.query('mcp_vitals_self_errors_total{a_b!=""}');
    expect(collided.map(withoutTarget)).toEqual([
      { ...SCOPE, _n_: 'u', _name_: 'z', a_b: 'x;y', flag: 'true', key_9: 'nine' },
    ]);

    expect(await one('extremes{kind="nan"}')).toEqual(['NaN']);
    expect(await one('extremes{kind="plus"}')).toEqual(['+Inf']);
    expect(await one('extremes{kind="minus"}')).toEqual(['-Inf']);
    expect(await one('extremes{kind="tiny"} == 5e-324')).toHaveLength(1);
    expect(await one('_2fast_bytes_per_second')).toEqual(['1e+21']);
    expect(await one('mcp_vitals_active_requests')).toEqual(['-3']);
    expect(await one('mcp_vitals_pressure_ratio')).toEqual(['0.25']);
    expect((await one('requests_total')).sort()).toEqual(['5', '7']);
    expect(await one('fake_metric')).toEqual([]);
    expect(
      await one('mcp_vitals_pressure_ratio * on (job, instance) group_left (service_namespace) target_info'),
    ).toEqual(['0.25']);

    const metadata = (await prometheus.get('/api/v1/metadata')) as {
      data: Record<string, { type: string; help: string }[]>;
    };
    expect(metadata.data['mcp_vitals_message_size_bytes']).toEqual([
      { type: 'histogram', help: 'Size with a \\ backslash\nand a second line.', unit: '' },
    ]);
    expect(metadata.data['requests_total']?.[0]?.type).toBe('counter');
    expect(metadata.data['mcp_vitals_active_requests']?.[0]?.type).toBe('gauge');
  });

  it('gets in with the token and stays out without', async () => {
    verifies('NFR-05');
    const isUp = async (credentials: string) => {
      const prometheus = await scraped(() => 'level 1\n', { token: 't0ken', credentials });
      return (await prometheus.query(UP))[0]?.value[1];
    };
    expect(await Promise.all([isUp('t0ken'), isUp('wrong')])).toEqual(['1', '0']);
  });
});
