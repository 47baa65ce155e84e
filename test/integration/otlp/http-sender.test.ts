import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { parsePartialSuccess, resolveEndpoint, signalUrl } from '../../../src/exporters/otlp/endpoint.ts';
import { createHttpSender, type HttpSender, type HttpSenderOptions } from '../../../src/exporters/otlp/http-sender.ts';
import { serializeSpans } from '../../../src/exporters/otlp/serialize.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { verifies } from '../../support/verifies.ts';
import { recordSpans } from '../../unit/exporters/otlp/recorded-spans.ts';

let receiver: OtlpReceiver;
let senders: HttpSender[] = [];
const body = serializeSpans(recordSpans(2, 'sent'));

beforeEach(async () => {
  receiver = await startOtlpReceiver();
});

afterEach(async () => {
  for (const sender of senders) sender.close();
  senders = [];
  await receiver.close();
});

function sendTo(
  url: string,
  endpoint: Omit<Parameters<typeof resolveEndpoint>[1], 'url'> = {},
  options: Partial<HttpSenderOptions> = {},
): HttpSender {
  const sender = createHttpSender({
    http: resolveEndpoint('traces', { url, ...endpoint }),
    parsePartial: (answer) => parsePartialSuccess('traces', answer),
    clock: systemClock,
    suppress: (fn) => fn(),
    ...options,
  });
  senders.push(sender);
  return sender;
}

const traces = (): string => signalUrl(receiver.url, 'traces');

describe('a request', () => {
  it('carries spans that a receiver decodes to what the SDK recorded', async () => {
    expect(await sendTo(traces()).send(body)).toEqual({ state: 'ok' });
    const [span] = receiver.spans;
    expect(receiver.spans.map(({ name }) => name)).toEqual(['sent 0', 'sent 1']);
    expect(span).toMatchObject({
      kind: 2,
      parentSpanId: '',
      statusCode: 2,
      statusMessage: 'no',
      attributes: { text: 'é', whole: -3, broken: 0.5, yes: true, list: ['a', 'b'] },
      events: [{ name: 'breach', attributes: { objective: 'P95' } }],
      resource: { 'service.name': 'spans-under-test' },
      scope: 'test',
    });
    expect(span?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(span!.endNs).toBeGreaterThanOrEqual(span!.startNs);
  });

  it('has the configured headers and the protobuf content type', async () => {
    await sendTo(traces(), { headers: { authorization: 'Bearer x' } }).send(body);
    expect(receiver.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer x',
      'content-type': 'application/x-protobuf',
      'content-length': String(body.length),
    });
  });

  it('is compressed when gzip is configured', async () => {
    const many = serializeSpans(recordSpans(200));
    expect(await sendTo(traces(), { compression: 'gzip' }).send(many)).toEqual({ state: 'ok' });
    expect(receiver.spans).toHaveLength(200);
    expect(receiver.requests[0]?.headers['content-encoding']).toBe('gzip');
    expect(receiver.requests[0]?.sizeBytes).toBeLessThan(many.length / 2);
  });

  it('uses one connection for many requests', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const sender = sendTo(traces());
    for (let request = 0; request < 30; request += 1) await sender.send(body);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(receiver.requests).toHaveLength(30);
    expect(receiver.connections).toBe(1);
    expect(warnings).toEqual([]);
  });

  it('is made with tracing suppressed', async () => {
    let depth = 0;
    let requests = 0;
    const sender = sendTo(
      traces(),
      {},
      {
        suppress: (fn) => {
          depth += 1;
          requests += 1;
          try {
            return fn();
          } finally {
            depth -= 1;
          }
        },
      },
    );
    await sender.send(body);
    expect({ depth, requests }).toEqual({ depth: 0, requests: 1 });
  });

  it('goes where OTEL_EXPORTER_OTLP_ENDPOINT says when nothing else is configured', async () => {
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = receiver.url;
    process.env['OTEL_EXPORTER_OTLP_HEADERS'] = 'x-tenant=one';
    try {
      const http = resolveEndpoint('traces', {});
      const sender = sendTo('http://unused', {}, { http });
      expect(await sender.send(body)).toEqual({ state: 'ok' });
      expect(receiver.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-tenant': 'one' } });
    } finally {
      delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
      delete process.env['OTEL_EXPORTER_OTLP_HEADERS'];
    }
  });
});

describe('an answer', () => {
  it('that rejects a part says how much and why', async () => {
    receiver.behave('partial');
    expect(await sendTo(traces()).send(body)).toEqual({ state: 'ok', partial: { rejected: 1, message: 'no' } });
  });

  it('of 503 or 429 is retryable and keeps the wish for patience', async () => {
    receiver.behave(503);
    expect(await sendTo(traces()).send(body)).toEqual({ state: 'retryable', reason: 'HTTP 503' });
    receiver.behave(429, { 'retry-after': '3' });
    expect(await sendTo(traces()).send(body)).toMatchObject({ state: 'retryable', retryAfterMs: 3_000 });
  });

  it('of 400 is final', async () => {
    receiver.behave(400);
    expect(await sendTo(traces()).send(body)).toEqual({ state: 'rejected', reason: 'HTTP 400' });
  });

  it('that never comes ends the attempt after its timeout', async () => {
    verifies('NFR-05');
    receiver.behave('hang');
    expect(await sendTo(traces(), { timeoutMs: 50 }).send(body)).toEqual({
      state: 'retryable',
      reason: 'no answer within 50 ms',
    });
  });

  it('that never comes ends at once when aborted', async () => {
    receiver.behave('hang');
    const sender = sendTo(traces());
    const sent = sender.send(body);
    await receiver.until(() => receiver.requests.length === 1);
    sender.abort();
    expect(await sent).toMatchObject({ state: 'retryable' });
  });
});

describe('a broken connection', () => {
  it('is retryable', async () => {
    receiver.behave('close');
    expect(await sendTo(traces()).send(body)).toMatchObject({ state: 'retryable' });
  });

  it('that nobody accepts is retryable', async () => {
    verifies('NFR-05');
    await receiver.close();
    const outcome = await sendTo(traces()).send(body);
    expect(outcome).toMatchObject({ state: 'retryable', reason: expect.stringContaining('ECONNREFUSED') });
  });

  it('is tried once more when it was one kept from an earlier request', async () => {
    const sender = sendTo(traces());
    expect(await sender.send(body)).toEqual({ state: 'ok' });
    // Cuts the second request, which comes over the kept connection, and its repetition over a fresh one.
    receiver.behave('close');
    expect(await sender.send(body)).toMatchObject({ state: 'retryable' });
    expect(receiver.requests).toHaveLength(3);
    receiver.behave('ok');
    expect(await sender.send(body)).toEqual({ state: 'ok' });
  });
});

describe('a hostile receiver', () => {
  let server: Server;

  async function listen(answer: string): Promise<string> {
    server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.write(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1/traces`;
  }

  afterEach(() => server.close());

  it.each([
    ['an endless body after accepting', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(200_000)}`, 'ok'],
    ['an endless body after refusing', `HTTP/1.1 400 No\r\n\r\n${'x'.repeat(200_000)}`, 'rejected'],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n', 'retryable'],
    ['a redirection', 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n', 'rejected'],
  ])('that sends %s is survived', async (_, answer, state) => {
    verifies('NFR-05');
    const url = await listen(answer);
    expect((await sendTo(url).send(body)).state).toBe(state);
  });

  it('cannot be reached by headers or addresses that Node refuses; that is final', async () => {
    const url = await listen('');
    expect(await sendTo(url, { headers: { 'x-broken': 'a\r\nb' } }).send(body)).toMatchObject({ state: 'rejected' });
    expect(await sendTo('ftp://127.0.0.1/').send(body)).toMatchObject({ state: 'rejected' });
  });
});
