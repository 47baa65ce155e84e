import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InstrumentedServer } from '../../support/instrumented-server.ts';
import { HttpRpcClient, initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { type DecodedSpan, type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { verifies } from '../../support/verifies.ts';
import { KIND } from './conversation.ts';

const SCRIPT = fileURLToPath(new URL('fixtures/server.mjs', import.meta.url));
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const traceparent = (flags = '01', trace = TRACE, span = SPAN): string => `00-${trace}-${span}-${flags}`;

let receiver: OtlpReceiver;
let server: InstrumentedServer;

async function start(how: string, env: Record<string, string> = {}): Promise<void> {
  receiver = await startOtlpReceiver();
  server = await InstrumentedServer.start(SCRIPT, {
    arguments: ['1', how],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '20',
      MCP_VITALS_OTEL: 'own',
      MCP_VITALS_SAMPLE_RATIO: '1',
      ...env,
    },
  });
}

async function served(id: string | number): Promise<DecodedSpan> {
  const find = (): DecodedSpan | undefined =>
    receiver.spans.find((span) => span.kind === KIND.server && span.attributes['jsonrpc.request.id'] === String(id));
  await receiver.until(() => find() !== undefined);
  return find() as DecodedSpan;
}

const call = (meta?: unknown): object => ({
  name: 'work',
  arguments: {},
  ...(meta === undefined ? {} : { _meta: meta }),
});

afterEach(async () => {
  await server.stop();
  await receiver.close();
});

describe('a server over HTTP', () => {
  let client: HttpRpcClient;
  beforeEach(async () => {
    await start('http');
    const [, url = ''] = await server.stderrMatch(/listening on (\S+)/);
    client = new HttpRpcClient(url);
    await initialize(client);
    await server.url();
  });
  afterEach(() => client.close());

  it('takes the parent from the message, else from the HTTP headers, else has none', async () => {
    client.headers['traceparent'] = traceparent('01', 'c'.repeat(32), 'd'.repeat(16));
    await client.request('tools/call', call({ traceparent: traceparent() }), 'both');
    await client.request('tools/call', call(), 'header');
    await client.request('tools/call', call({ traceparent: 'nonsense' }), 'broken message');
    client.headers['traceparent'] = '00-00000000000000000000000000000000-b7ad6b7169203331-01';
    await client.request('tools/call', call(), 'broken header');
    delete client.headers['traceparent'];
    await client.request('tools/call', call(), 'none');

    expect(await served('both')).toMatchObject({ traceId: TRACE, parentSpanId: SPAN });
    for (const id of ['header', 'broken message']) {
      expect(await served(id), id).toMatchObject({ traceId: 'c'.repeat(32), parentSpanId: 'd'.repeat(16) });
    }
    for (const id of ['broken header', 'none']) {
      const span = await served(id);
      expect(span.parentSpanId, id).toBe('');
      expect(span.traceId, id).not.toBe(TRACE);
    }
  });
});

describe('a server over stdio', () => {
  let client: StdioRpcClient;
  async function connect(env: Record<string, string> = {}): Promise<void> {
    await start('stdio', env);
    client = new StdioRpcClient(server.child);
    await initialize(client);
    await server.url();
  }

  it('answers as ever whatever stands in the trace context, and follows none of it', async () => {
    verifies('NFR-05');
    await connect();
    const hostile: unknown[] = [
      { traceparent: `${traceparent()}-extra` },
      { traceparent: 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
      { traceparent: traceparent().toUpperCase() },
      { traceparent: 'x'.repeat(100_000), tracestate: 'y'.repeat(100_000), baggage: 'z'.repeat(100_000) },
      { traceparent: { toString: 'no' }, tracestate: ['a=1'] },
      { traceparent: null, tracestate: null, baggage: 7 },
    ];
    for (const [index, meta] of hostile.entries()) {
      const answer = await client.request('tools/call', call(meta), `hostile ${index}`);
      expect(answer.result, JSON.stringify(meta).slice(0, 80)).toMatchObject({
        content: [{ type: 'text', text: '[]' }],
      });
      expect((await served(`hostile ${index}`)).parentSpanId).toBe('');
    }
    const metrics = await server.metricsText();
    expect(metrics).not.toMatch(/^mcp_vitals_self_errors_total/m);
  });

  it('takes baggage over only where that is switched on', async () => {
    await connect();
    const meta = { traceparent: traceparent(), baggage: 'tenant=blue,region=north' };
    expect((await client.request('tools/call', call(meta))).result).toMatchObject({ content: [{ text: '[]' }] });
    await server.stop();
    await receiver.close();
    await connect({ MCP_VITALS_PROPAGATION_BAGGAGE: 'true' });
    expect((await client.request('tools/call', call(meta))).result).toMatchObject({
      content: [{ text: '[["tenant","blue"],["region","north"]]' }],
    });
  });

  it('exports what remote callers want exported up to a limit, and counts the rest', async () => {
    await connect({ MCP_VITALS_SAMPLE_RATIO: '0', MCP_VITALS_REMOTE_SAMPLED_PER_SECOND: '7' });
    const ids = Array.from({ length: 200 }, (_, index) => `flagged ${index}`);
    const line = (id: string): string =>
      `${JSON.stringify({ jsonrpc: '2.0', id, method: 'ping', params: { _meta: { traceparent: traceparent() } } })}\n`;
    client.write(ids.map(line).join(''));
    await client.waitFor(({ id }) => id === ids.at(-1));
    await server.snapshotWhen(({ requests }) => requests.active === 0);
    const metrics = await server.metricsText();
    const [, limited] = /^mcp_vitals_self_remote_sampled_limited_total(?:\{.*\})? (\d+)/m.exec(metrics) ?? [];
    await server.stop();
    const exported = receiver.spans.filter(({ name }) => name === 'ping').length;
    // Seven at once, and a few more should 200 pings take long.
    expect(exported).toBeGreaterThanOrEqual(7);
    expect(exported).toBeLessThan(50);
    expect(Number(limited)).toBe(ids.length - exported);
  });

  it('follows a caller who does not sample, without any limit', async () => {
    await connect({ MCP_VITALS_REMOTE_SAMPLED_PER_SECOND: '0' });
    await client.request('ping', { _meta: { traceparent: traceparent('00') } }, 'unsampled');
    await client.request('ping', { _meta: { traceparent: traceparent('01') } }, 'over the limit, local ratio 1');
    expect((await served('over the limit, local ratio 1')).traceId).toBe(TRACE);
    expect(receiver.spans.filter(({ attributes }) => attributes['jsonrpc.request.id'] === 'unsampled')).toEqual([]);
  });
});
