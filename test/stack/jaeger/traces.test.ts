import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { afterAll, describe, expect, it } from 'vitest';
import { requireBuiltProgram } from '../../support/built-programs.ts';
import { requireProgram } from '../../support/programs.ts';
import { verifies } from '../../support/verifies.ts';
import { ROOT } from '../compose/compose-file.ts';
import { readMonitor, readTrace, type ShownSpan } from '../jaeger-api.ts';
import { LocalStack, queryPrometheus } from '../local-stack.ts';
import { newTraceId } from '../otlp-json.ts';

/** Starting everything is a part of the first test, whichever that is. */
const TEST_LIMIT = { timeout: 120_000 };
const LIMIT = { timeout: 45_000, interval: 500 };
const tag = (span: ShownSpan, key: string) => span.tags.find((one) => one.key === key)?.value;

describe('the file of Jaeger', () => {
  it('is accepted by Jaeger itself', () => {
    const config = join(ROOT, 'collector/jaeger/config.yaml');
    execFileSync(requireBuiltProgram('jaeger'), ['validate', `--config=${config}`], { stdio: 'pipe' });
  });
});

describe(
  'the knowledge base before Collector, Jaeger and Prometheus with the files of the compose set-up',
  TEST_LIMIT,
  () => {
    verifies('DSH-04');

    const stack = new LocalStack();
    afterAll(() => stack[Symbol.asyncDispose]());

    async function start() {
      const jaeger = await stack.startJaeger();
      // Every trace is kept here: which ones are is the subject of another test.
      const { otlpUrl } = await stack.startCollector({ 'sampling_percentage: 20': 'sampling_percentage: 100' });
      const { mcpUrl } = await stack.startServer({
        OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
        OTEL_TRACES_SAMPLER: 'always_on',
        MCP_VITALS_STAGE_SPANS: 'true',
      });
      const prometheus = await stack.startPrometheus(stack.writeText('rules/none.yml', 'groups: []\n'));
      await stack.startTraffic(mcpUrl, 20);
      return { jaeger, mcpUrl, prometheus };
    }
    let starting: ReturnType<typeof start> | undefined;
    /** Started by the first test, so that a missing program speaks in every one. */
    function running() {
      requireProgram('prometheus');
      for (const program of ['otelcol', 'jaeger'] as const) requireBuiltProgram(program);
      starting ??= start();
      return starting;
    }

    it('shows one call as a complete trace: under the span of the caller, its stages adding up', async () => {
      const { jaeger, mcpUrl } = await running();
      const [traceId, callerId] = [newTraceId(), randomBytes(8).toString('hex')];
      const client = new Client({ name: 'test', version: '1' });
      await client.connect(new StreamableHTTPClientTransport(new URL(mcpUrl)) as Transport);
      await client.callTool({
        name: 'kb.hybrid_search',
        arguments: { query: 'parse yaml documents', limit: 3 },
        _meta: { traceparent: `00-${traceId}-${callerId}-01` },
      });
      await client.close();

      const rootOf = (spans: readonly ShownSpan[]) =>
        spans.find(({ operationName }) => operationName.startsWith('tools/call'));
      const read = () => readTrace(jaeger, traceId);
      await expect.poll(async () => rootOf(await read())?.operationName, LIMIT).toBe('tools/call kb.hybrid_search');
      const spans = await read();
      const root = rootOf(spans) as ShownSpan;
      expect(root.references).toMatchObject([{ refType: 'CHILD_OF', spanID: callerId }]);
      expect(tag(root, 'span.kind')).toBe('server');
      expect(tag(root, 'mcp.method.name')).toBe('tools/call');
      expect(tag(root, 'gen_ai.tool.name')).toBe('kb.hybrid_search');

      const ids = new Set(spans.map(({ spanID }) => spanID));
      for (const span of spans) {
        if (span !== root) expect(ids, span.operationName).toContain(span.references[0]?.spanID);
      }
      const children = spans.filter(({ references }) => references[0]?.spanID === root.spanID);
      const names = children.map(({ operationName }) => operationName);
      process.stdout.write(`${children.map((span) => `${span.operationName}: ${span.duration} µs`).join('\n')}\n`);
      expect(names).toEqual(expect.arrayContaining(['protocol', 'validation', 'execution', 'transmission']));
      // What the tool called is there as well.
      expect(names).toEqual(expect.arrayContaining(['embedQuery', 'searchText', 'searchVector']));
      // The span of a stage that comes in pieces shows the first; the attributes have all of it.
      const stages = root.tags.filter(({ key }) => key.startsWith('mcp_vitals.stage.'));
      const inStages = stages.reduce((sum, { value }) => sum + Number(value) * 1e6, 0);
      expect(Math.abs(inStages - root.duration)).toBeLessThan(2);
    });

    it('fills the Monitor tab: calls, errors and durations per operation', async () => {
      const { jaeger } = await running();
      const search = async (chart: 'calls' | 'latencies') =>
        (await readMonitor(jaeger, chart, 'knowledge-base')).get('tools/call kb.hybrid_search');
      await expect.poll(() => search('calls'), LIMIT).toBeGreaterThan(1);
      // In milliseconds, as its page shows them: in seconds these would be below 1.
      await expect.poll(() => search('latencies'), LIMIT).toBeGreaterThan(1);
      expect(await search('latencies')).toBeLessThan(30_001);
      await expect
        .poll(async () => Math.max(0, ...(await readMonitor(jaeger, 'errors', 'knowledge-base')).values()), LIMIT)
        .toBeGreaterThan(0);
    });

    it('leads from an exemplar of the span metrics in Prometheus to a trace that exists', async () => {
      const { jaeger, prometheus } = await running();
      const query = new URLSearchParams({
        query: 'traces_span_metrics_duration_milliseconds_bucket{span_name="tools/call kb.hybrid_search"}',
        start: `${Date.now() / 1000 - 300}`,
        end: `${Date.now() / 1000 + 60}`,
      });
      const traces = async () => {
        const response = await fetch(`${prometheus}/api/v1/query_exemplars?${query}`);
        const { data } = (await response.json()) as { data: { exemplars: { labels: Record<string, string> }[] }[] };
        return data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels['trace_id'] ?? ''));
      };
      await expect.poll(async () => (await traces()).length, LIMIT).toBeGreaterThan(0);
      const [first = ''] = await traces();
      expect(first).toMatch(/^[0-9a-f]{32}$/);
      await expect
        .poll(async () => (await readTrace(jaeger, first)).map(({ operationName }) => operationName), LIMIT)
        .toContain('tools/call kb.hybrid_search');
    });

    it('has no label a client wrote in the span metrics: a tool that does not exist is one of the others', async () => {
      const { prometheus, mcpUrl } = await running();
      const client = new Client({ name: 'test', version: '1' });
      await client.connect(new StreamableHTTPClientTransport(new URL(mcpUrl)) as Transport);
      await client.callTool({ name: 'written-by-a-client', arguments: {} }).catch(() => undefined);
      await client.close();
      const names = async () =>
        (await queryPrometheus(prometheus, 'group by (span_name) (traces_span_metrics_calls_total)')).map(
          ({ metric }) => metric['span_name'],
        );
      await expect.poll(names, LIMIT).toContain('tools/call _OTHER');
      expect((await names()).join()).not.toContain('written-by-a-client');
    });

    it('stores what is pushed only once beside what is scraped', async () => {
      const { prometheus } = await running();
      await expect
        .poll(() => queryPrometheus(prometheus, 'count by (job) (traces_span_metrics_calls_total)'), LIMIT)
        .toMatchObject([{ metric: { job: 'knowledge-base' } }]);
      const streams = await queryPrometheus(
        prometheus,
        'count by (instance) (mcp_server_operation_duration_seconds_count)',
      );
      expect(streams).toHaveLength(1);
    });
  },
);
