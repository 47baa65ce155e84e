import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InstrumentedServer } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';

const SERVER = fileURLToPath(new URL('fixtures/forwarding.mjs', import.meta.url));
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

interface Seen {
  readonly seen: { readonly traceparent?: string; readonly tracestate?: string };
  readonly registered: readonly string[];
}

let server: InstrumentedServer;
let receiver: OtlpReceiver;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(async () => {
  await server.stop();
  await receiver.close();
});

/** Calls the forwarding tool twice, the second time with all of the product started, and answers what came of that. */
async function forward(mode: string): Promise<Seen> {
  server = await InstrumentedServer.start(SERVER, {
    env: {
      MCP_VITALS_OTEL: mode,
      MCP_VITALS_SAMPLE_RATIO: '1',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '20',
      OTEL_METRIC_EXPORT_INTERVAL: '50',
    },
  });
  const client = new StdioRpcClient(server.child);
  await initialize(client);
  const call = async (): Promise<Seen> => {
    const meta = { traceparent: TRACEPARENT, tracestate: 'vendor=1' };
    const { result } = await client.request('tools/call', { name: 'forward', arguments: {}, _meta: meta });
    const [content] = (result as { content: { text: string }[] }).content;
    return JSON.parse(content?.text ?? '') as Seen;
  };
  await call();
  await server.url();
  return await call();
}

async function expectFiguresAndNothingSent(): Promise<void> {
  const { operations, client } = await server.snapshot();
  expect(operations.find(({ target }) => target === 'forward')?.count).toBe(2);
  expect(client?.operations.find(({ target }) => target === 'see')?.count).toBe(2);
  expect(await server.metricsText()).toMatch(/^mcp_server_operation_duration_seconds_count\{[^}]*"forward"[^}]*\} 2$/m);
  expect(server.stderr).toBe('');
  await server.stop();
  expect(receiver.spans).toEqual([]);
  expect(receiver.requests).toEqual([]);
}

describe('the mode', () => {
  it('own puts a span of ours between what a message brings and what leaves', async () => {
    const { seen, registered } = await forward('own');
    expect(seen.traceparent).toMatch(new RegExp(`^00-${TRACE_ID}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`));
    expect(registered).toEqual(expect.arrayContaining(['trace', 'metrics', 'context']));
    await receiver.until(() => receiver.spans.some(({ traceId }) => traceId === TRACE_ID));
  });

  it('propagate passes on exactly what a message brings, registers nothing and exports nothing', async () => {
    const { seen, registered } = await forward('propagate');
    expect(seen).toMatchObject({ traceparent: TRACEPARENT, tracestate: 'vendor=1' });
    expect(registered).toEqual([]);
    await expectFiguresAndNothingSent();
  });

  it('off passes nothing on, touches nothing of OpenTelemetry, and has the figures of the process', async () => {
    const { seen, registered } = await forward('off');
    expect(seen.traceparent).toBeUndefined();
    expect(registered).toEqual([]);
    await expectFiguresAndNothingSent();
  });
});
