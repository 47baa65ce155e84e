import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { startPrometheus } from '../../integration/prometheus/prometheus-server.ts';
import { InstrumentedServer, stopServers } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { requireProgram } from '../../support/programs.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/knowledge-base/server.js', import.meta.url));
const DURATION = 'mcp_server_operation_duration_seconds';

interface StoredExemplar {
  readonly labels: { readonly trace_id: string; readonly span_id: string };
  readonly value: string;
}

let receiver: OtlpReceiver | undefined;

afterAll(async () => {
  await stopServers();
  await receiver?.close();
});

describe('exemplars of the example server', () => {
  test('are stored by a real Prometheus and lead to traces that were exported; promtool finds nothing wrong', {
    timeout: 150_000,
  }, async () => {
    requireProgram('prometheus');
    receiver = await startOtlpReceiver();
    const server = await InstrumentedServer.start(EXAMPLE, {
      // Only an exported operation has an exemplar, and by default not every one is exported.
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_SAMPLER: 'always_on' },
    });
    const client = new StdioRpcClient(server.child);
    // It indexes before it answers.
    await expect.poll(() => server.stderr, { timeout: 90_000, interval: 200 }).toMatch(/ready on stdio/);
    await initialize(client);
    const search = { name: 'kb.hybrid_search', arguments: { query: 'metrics', limit: 3 } };
    for (let call = 0; call < 5; call += 1) await client.request('tools/call', search);

    const url = await server.url();
    const plain = await fetch(`${url}/metrics`);
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await plain.text()).not.toContain('# {');
    const open = await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text; version=1.0.0' } });
    expect(open.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const text = await open.text();
    expect(text).toMatch(/\n# EOF\n$/);
    const linted = spawnSync(requireProgram('promtool'), ['check', 'metrics'], {
      input: await (await fetch(`${url}/metrics`)).text(),
    });
    expect([0, 3]).toContain(linted.status);

    const { host } = new URL(url);
    await using prometheus = await startPrometheus(`- {job_name: vitals, static_configs: [{targets: ['${host}']}]}`, {
      flags: ['--enable-feature=exemplar-storage'],
    });
    const up = async () => (await prometheus.query('up'))[0]?.value[1];
    await expect.poll(up, { timeout: 15_000, interval: 200 }).toBe('1');
    const now = Date.now() / 1000;
    const stored = async (): Promise<readonly StoredExemplar[]> => {
      const query = encodeURIComponent(`${DURATION}_bucket{gen_ai_tool_name="kb.hybrid_search"}`);
      const path = `/api/v1/query_exemplars?query=${query}&start=${now - 600}&end=${now + 600}`;
      const { data } = (await prometheus.get(path)) as { data: { exemplars: StoredExemplar[] }[] };
      return data.flatMap(({ exemplars }) => exemplars);
    };
    await expect.poll(async () => (await stored()).length, { timeout: 15_000, interval: 300 }).toBeGreaterThan(0);
    const target = (await prometheus.get('/api/v1/targets')) as { data: { activeTargets: { lastError: string }[] } };
    expect(target.data.activeTargets.map(({ lastError }) => lastError)).toEqual(['']);
    const exemplars = await stored();
    for (const { labels, value } of exemplars) {
      expect(Number(value)).toBeGreaterThan(0);
      const isSpan = (span: { traceId: string; spanId: string }) =>
        span.traceId === labels.trace_id && span.spanId === labels.span_id;
      await receiver.until(() => receiver?.spans.some(isSpan) === true);
      expect(receiver.spans.find(isSpan)?.name).toBe('tools/call kb.hybrid_search');
    }
    // The same names and numbers as in plain text.
    const count = await prometheus.query(`sum(${DURATION}_count{gen_ai_tool_name="kb.hybrid_search"})`);
    expect(count[0]?.value[1]).toBe('5');
  });
});
