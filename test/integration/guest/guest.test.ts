import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { InstrumentedServer } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';

const SERVER = fileURLToPath(new URL('fixtures/one-copy.mjs', import.meta.url));

interface Report {
  readonly accepted: Readonly<Record<string, boolean>>;
  readonly calls: number;
  readonly spans: readonly {
    readonly name: string;
    readonly kind: number;
    readonly traceId: string;
    readonly spanId: string;
    readonly parent?: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
}

let server: InstrumentedServer | undefined;
let receiver: OtlpReceiver | undefined;

afterEach(async () => {
  await server?.stop();
  await receiver?.close();
  server = undefined;
  receiver = undefined;
});

async function start(order: string, env: Record<string, string> = {}): Promise<StdioRpcClient> {
  server = await InstrumentedServer.start(SERVER, { arguments: [order], env });
  const client = new StdioRpcClient(server.child);
  await initialize(client);
  // The status endpoint is up: the whole product has started.
  await server.url();
  return client;
}

async function call(client: StdioRpcClient, name: string): Promise<string> {
  const answer = await client.request('tools/call', { name, arguments: {} });
  const { content } = answer.result as { content: { text: string }[] };
  return content[0]?.text ?? '';
}

async function reportOf(client: StdioRpcClient): Promise<Report> {
  return JSON.parse(await call(client, 'report')) as Report;
}

describe('an application that has OpenTelemetry of its own', () => {
  it.each(['before', 'after'])(
    'and registers it %s us keeps all of it, with operations as spans of its own tracer',
    async (order) => {
      const client = await start(order);
      if (order === 'after') await call(client, 'register');
      const traces = [await call(client, 'work'), await call(client, 'work'), await call(client, 'work')];
      const report = await reportOf(client);
      expect(report.accepted).toEqual({ context: true, traces: true, metrics: true });
      expect(report.calls).toBe(3);
      const operations = report.spans.filter(({ name }) => name === 'tools/call work');
      const children = report.spans.filter(({ name }) => name === 'child');
      expect(operations.map(({ traceId }) => traceId)).toEqual(traces);
      expect(operations.every(({ kind }) => kind === 1)).toBe(true);
      expect(children.map(({ parent }) => parent)).toEqual(operations.map(({ spanId }) => spanId));
      expect(operations[0]?.attributes).toMatchObject({ 'gen_ai.tool.name': 'work', 'mcp.method.name': 'tools/call' });
      const snapshot = await server?.snapshot();
      expect(snapshot?.operations.find(({ target }) => target === 'work')?.count).toBe(3);
      expect(server?.stderr).toBe('');
    },
  );

  it('gets no operation twice: what left through its tracer does not leave through our exporter', async () => {
    receiver = await startOtlpReceiver();
    const client = await start('before', { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, MCP_VITALS_SAMPLE_RATIO: '1' });
    for (let calls = 0; calls < 3; calls += 1) await call(client, 'work');
    expect((await reportOf(client)).spans.filter(({ name }) => name === 'tools/call work')).toHaveLength(3);
    await server?.stop();
    expect(receiver.spans.filter(({ name }) => name === 'tools/call work')).toEqual([]);
  });
});

describe('an application that never registers anything', () => {
  it('has its spans and metrics in ours', async () => {
    receiver = await startOtlpReceiver();
    const client = await start('never', { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, MCP_VITALS_SAMPLE_RATIO: '1' });
    const traceId = await call(client, 'work');
    expect(await server?.metricsText()).toMatch(/user_calls_total\{[^}]*\} 1\b/);
    await server?.stop();
    const spans = receiver.spans.filter((span) => span.traceId === traceId);
    const operation = spans.find(({ name }) => name === 'tools/call work');
    expect(spans.find(({ name }) => name === 'child')?.parentSpanId).toBe(operation?.spanId);
    expect(operation).toBeDefined();
  });
});
