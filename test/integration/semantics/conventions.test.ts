import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STREAMS } from '../../../src/semconv/streams.ts';
import type { RpcMessage } from '../../support/json-rpc-client.ts';
import type { DecodedSpan } from '../../support/otlp-receiver.ts';
import { verifies } from '../../support/verifies.ts';
import { ExportingServer } from './exporting-server.ts';

/** A text that stands in arguments and results and may never come out of the process. */
const MARKER = 'marker-7f3a9c';
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const MALFORMED = [
  '',
  'nonsense',
  7,
  null,
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  `00-${'0'.repeat(32)}-${PARENT_ID}-01`,
  `ff-${TRACE_ID}-${PARENT_ID}-01`,
  `00-${TRACE_ID}-${PARENT_ID}-01-extra`,
];
/** Codes that the conventions call the client's mistake when seen from the server. */
const CLIENT_MISTAKES = [-32700, -32600, -32601, -32602, -32002];

interface Case {
  readonly id: string | number;
  readonly method: string;
  readonly params?: Record<string, unknown>;
  readonly name: string;
  /** Attributes beyond those every request has. */
  readonly attributes: Record<string, unknown>;
}

const tool = (name: string): Record<string, unknown> => ({
  'gen_ai.tool.name': name,
  'gen_ai.operation.name': 'execute_tool',
});
const call = (id: string | number, name: string, args: unknown, spanName = `tools/call ${name}`): Case => {
  return { id, method: 'tools/call', params: { name, arguments: args }, name: spanName, attributes: tool(name) };
};
const plain = (id: string | number, method: string, params?: Record<string, unknown>, name = method): Case => {
  return { id, method, ...(params === undefined ? {} : { params }), name, attributes: {} };
};

const CASES: readonly Case[] = [
  call('ok', 'echo', { text: MARKER }),
  call(42, 'echo', { text: MARKER }),
  call(0, 'echo', { text: MARKER }),
  call('is-error', 'fail', {}),
  call('thrown', 'throw', { what: 'error' }),
  call('bad arguments', 'echo', { text: { [MARKER]: 1 } }),
  call('unknown tool', 'no_such_tool', { text: MARKER }, 'tools/call _OTHER'),
  plain('list', 'tools/list'),
  plain('ping', 'ping'),
  plain('unknown method', 'no/such', { text: MARKER }, '_OTHER'),
  plain('internal', 'example/throw', { what: 'error' }),
  plain('coded', 'example/throw', { what: 'coded error' }),
  {
    ...plain('prompt', 'prompts/get', { name: 'greet', arguments: { name: MARKER } }, 'prompts/get greet'),
    attributes: { 'gen_ai.prompt.name': 'greet' },
  },
  {
    ...plain('unknown prompt', 'prompts/get', { name: 'none', arguments: {} }, 'prompts/get _OTHER'),
    attributes: { 'gen_ai.prompt.name': 'none' },
  },
  {
    ...plain('resource', 'resources/read', { uri: 'memo://one' }),
    attributes: { 'mcp.resource.uri': 'memo://one' },
  },
  {
    ...plain('unknown resource', 'resources/read', { uri: 'memo://none' }),
    attributes: { 'mcp.resource.uri': 'memo://none' },
  },
];

/** The error rules, read off the answer that the client got. */
function expectedOutcome(answer: RpcMessage): { attributes: Record<string, string>; status: number; message: string } {
  const code = answer.error?.code;
  if (code !== undefined) {
    const attributes = { 'rpc.response.status_code': String(code) };
    if (CLIENT_MISTAKES.includes(code)) return { attributes, status: 0, message: '' };
    return {
      attributes: { ...attributes, 'error.type': String(code) } as Record<string, string>,
      status: 2,
      message: answer.error?.message ?? '',
    };
  }
  if (answer.result?.['isError'] === true)
    return { attributes: { 'error.type': 'tool_error' }, status: 2, message: '' };
  return { attributes: {}, status: 0, message: '' };
}

function withoutStages(span: DecodedSpan): Record<string, unknown> {
  // Ours: the stages, and what a cold server misses of the default objectives.
  return Object.fromEntries(Object.entries(span.attributes).filter(([key]) => !key.startsWith('mcp_vitals.')));
}

const VARIANTS = [
  ['SDK 1', 'server-v1.mjs', []],
  ['SDK 2', 'server-v2.mjs', []],
  ['SDK 2 behind serveStdio', 'server-v2.mjs', ['serve']],
] as const;

describe.each(VARIANTS)('operations of a server on %s', (_name, script, argv) => {
  let server: ExportingServer;
  let metrics = '';
  const answers = new Map<string | number, RpcMessage>();

  beforeAll(async () => {
    // What misses an objective is exported whatever the sampler said; on a slow machine that is any operation.
    const env = { MCP_VITALS_KEPT_PER_SECOND: '0' };
    server = await ExportingServer.start(script, { arguments: argv, env });
    for (const { id, method, params } of CASES) answers.set(id, await server.client.request(method, params, id));
    await server.client.notify('notifications/roots/list_changed', { reason: MARKER });
    await server.client.notify('notifications/no_such', { reason: MARKER });
    const traceparent = `00-${TRACE_ID}-${PARENT_ID}-01`;
    // Spans of the tool's own code are seen once everything is loaded, which the first answer sets off.
    await server.process.url();
    const nested = { name: 'nested', arguments: { text: MARKER }, _meta: { traceparent } };
    await server.client.request('tools/call', nested, 'parented');
    const unsampled = { traceparent: traceparent.replace(/01$/, '00') };
    await server.client.request('tools/list', { _meta: unsampled }, 'unsampled');
    for (const [index, value] of MALFORMED.entries()) {
      await server.client.request('tools/list', { _meta: { traceparent: value } }, `malformed ${index}`);
    }
    await server.client.request('ping', undefined, 'last');
    await server.span('last');
    const counted = (): number =>
      server.receiver.points('mcp.server.operation.duration').reduce((sum, { count }) => sum + (count ?? 0), 0);
    // Two more than the requests and notifications above: `initialize` and its notification.
    const total = CASES.length + 2 + 2 + MALFORMED.length + 1 + 2;
    await server.receiver.until(() => counted() >= total);
    metrics = await server.process.metricsText();
  });
  afterAll(() => server?.stop());

  it.each(CASES)('$method with id $id has one span by the conventions', async ({ id, method, name, attributes }) => {
    verifies('LAT-01');
    const outcome = expectedOutcome(answers.get(id) as RpcMessage);
    const span = await server.span(id);
    expect(server.spansOf(id)).toHaveLength(1);
    expect({ name: span.name, kind: span.kind, scope: span.scope }).toEqual({ name, kind: 2, scope: 'mcp-vitals' });
    expect(withoutStages(span)).toEqual({
      'mcp.method.name': method,
      'network.transport': 'pipe',
      'mcp.protocol.version': '2025-06-18',
      'jsonrpc.request.id': String(id),
      ...attributes,
      ...outcome.attributes,
    });
    expect({ code: span.statusCode, message: span.statusMessage }).toEqual({
      code: outcome.status,
      message: outcome.message,
    });
    expect([span.parentSpanId, span.links, span.endNs >= span.startNs]).toEqual(['', [], true]);
  });

  it('covers results, tool errors, client mistakes and server errors', () => {
    const outcomes = [...answers.values()].map((answer) => expectedOutcome(answer));
    const types = new Set(outcomes.map(({ attributes }) => attributes['error.type']));
    const codes = new Set(outcomes.map(({ attributes }) => attributes['rpc.response.status_code']));
    expect([...types]).toEqual(expect.arrayContaining([undefined, 'tool_error', '-32603', '-32050']));
    expect([...codes]).toEqual(expect.arrayContaining([undefined, '-32601', '-32602']));
  });

  it('include the notifications, which have no request id', () => {
    verifies('LAT-01');
    const methodOf = (span: DecodedSpan): string => String(span.attributes['mcp.method.name']);
    const notifications = server.receiver.spans.filter((span) => methodOf(span).startsWith('notifications/'));
    const names = notifications.map((span) => [methodOf(span), span.name]).sort();
    expect(names).toEqual([
      ['notifications/initialized', 'notifications/initialized'],
      ['notifications/no_such', '_OTHER'],
      ['notifications/roots/list_changed', 'notifications/roots/list_changed'],
    ]);
    for (const span of notifications) {
      expect(withoutStages(span)).toEqual({
        'mcp.method.name': methodOf(span),
        'network.transport': 'pipe',
        'mcp.protocol.version': '2025-06-18',
      });
      expect([span.kind, span.statusCode]).toEqual([2, 0]);
    }
  });

  it('belong to the trace of the client, and what the tool traces belongs to them', async () => {
    verifies('LAT-01');
    const span = await server.span('parented');
    expect([span.traceId, span.parentSpanId]).toEqual([TRACE_ID, PARENT_ID]);
    const inTrace = server.receiver.spans.filter(({ traceId }) => traceId === TRACE_ID);
    const [query] = inTrace.filter(({ name }) => name === 'query');
    const [parse] = inTrace.filter(({ name }) => name === 'parse');
    expect(inTrace).toHaveLength(3);
    expect([query?.parentSpanId, query?.scope]).toEqual([span.spanId, 'tool']);
    expect(parse?.parentSpanId).toBe(query?.spanId);
  });

  it('follow the decision of a client that does not sample', () => {
    verifies('LAT-01');
    expect(server.spansOf('unsampled')).toEqual([]);
  });

  it('are roots when the traceparent of the client is malformed', async () => {
    verifies('LAT-01');
    for (const index of MALFORMED.keys()) {
      const span = await server.span(`malformed ${index}`);
      expect([span.parentSpanId, span.traceId]).toEqual(['', expect.not.stringMatching(TRACE_ID)]);
      expect(span.traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
    }
  });

  it('have one histogram point each, with only the attributes of the conventions', () => {
    verifies('LAT-01');
    const points = server.receiver.points('mcp.server.operation.duration');
    const stream = STREAMS.find(({ name }) => name === 'mcp.server.operation.duration');
    for (const point of points) {
      expect(stream?.attributes).toEqual(expect.arrayContaining(Object.keys(point.attributes)));
      expect([point.unit, point.type, point.temporality]).toEqual(['s', 'histogram', 2]);
      expect(point.bounds).toEqual([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]);
      expect(point.bucketCounts.reduce((sum, count) => sum + count, 0)).toBe(point.count);
    }
    const count = (attributes: Record<string, unknown>): number =>
      points
        .filter((point) => Object.entries(attributes).every(([key, value]) => point.attributes[key] === value))
        .reduce((sum, point) => sum + (point.count ?? 0), 0);
    expect(count({ 'gen_ai.tool.name': 'echo', 'error.type': undefined, 'rpc.response.status_code': undefined })).toBe(
      3,
    );
    expect(count({ 'gen_ai.tool.name': 'fail', 'error.type': 'tool_error' })).toBe(1);
    expect(count({ 'gen_ai.tool.name': '_OTHER', 'gen_ai.operation.name': 'execute_tool' })).toBe(1);
    expect(count({ 'gen_ai.tool.name': 'no_such_tool' })).toBe(0);
    expect(count({ 'gen_ai.prompt.name': 'greet' })).toBe(1);
    expect(count({ 'mcp.method.name': 'resources/read' })).toBe(2);
    expect(count({ 'mcp.method.name': 'example/throw', 'error.type': '-32050' })).toBe(1);
    expect(count({ 'mcp.method.name': 'tools/list' })).toBe(2 + MALFORMED.length);
    expect(count({ 'mcp.method.name': 'initialize', 'network.transport': 'pipe' })).toBe(1);
  });

  it('carry no id, no URI, no argument and no result on any metric', () => {
    verifies('LAT-01');
    const names = STREAMS.map(({ name }) => name);
    const attributes = names
      .flatMap((name) => server.receiver.points(name))
      .flatMap((point) => Object.keys(point.attributes));
    for (const forbidden of ['jsonrpc.request.id', 'mcp.session.id', 'mcp.resource.uri']) {
      expect(attributes).not.toContain(forbidden);
      expect(metrics).not.toContain(forbidden.replaceAll('.', '_'));
    }
    expect(metrics).not.toContain('memo://');
  });

  it('show neither arguments nor results in anything that leaves the process', () => {
    verifies('LAT-01');
    // The marker does go through the server, and the search does find what is there.
    expect(JSON.stringify(server.client.received)).toContain(MARKER);
    const sent = Buffer.concat([...server.bodies]);
    expect(sent.includes('mcp.method.name')).toBe(true);
    expect(sent.includes(MARKER)).toBe(false);
    expect(metrics).toContain('mcp_server_operation_duration_seconds');
    expect(metrics).not.toContain(MARKER);
    expect(server.process.stderr).not.toContain(MARKER);
  });
});
