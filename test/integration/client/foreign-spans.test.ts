import { type Context, context, SpanKind, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VitalsContextManager } from '../../../src/sdk/context-manager.ts';
import { createGuestBridge } from '../../../src/sdk/guest-bridge.ts';
import { GuestSpans } from '../../../src/sdk/guest-spans.ts';
import { createOtelBridge } from '../../../src/sdk/otel-bridge.ts';
import { connectPair, type Pair, Recording } from './pairs.ts';

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
const tracer = provider.getTracer('agent framework');
const recording = new Recording();
let pair: Pair;

beforeAll(async () => {
  const contexts = new VitalsContextManager();
  context.setGlobalContextManager(contexts);
  recording.instrumentation.bridge = createOtelBridge(contexts, contexts, trace);
  recording.instrumentation.outgoing = { exported: true, propagation: 'clients', sample: () => true };
  pair = await connectPair(recording, { client: 1, server: 1 });
});
beforeEach(() => recording.clear());
afterAll(async () => {
  await pair.client.close();
  context.disable();
});

const call = (): Promise<unknown> => pair.client.callTool({ name: 'echo', arguments: { said: 'x' } });

describe('a span that another instrumentation has made for the request', () => {
  it.each([
    [
      'the execution of the tool',
      { kind: SpanKind.INTERNAL, attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'echo' } },
    ],
    ['the same request', { kind: SpanKind.CLIENT, attributes: { 'mcp.method.name': 'tools/call' } }],
  ])('for %s stands for ours: the server becomes its child', async (_name, options) => {
    const span = tracer.startSpan('theirs', options);
    await context.with(trace.setSpan(context.active(), span), call);
    span.end();
    const [sent] = recording.sent;
    expect(sent?.operation.foreign).toBe(span);
    expect(recording.served[0]?.parentSpanContext).toMatchObject({ spanId: span.spanContext().spanId });
  });

  it.each([
    ['of another tool', { attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'other' } }],
    ['of another method', { kind: SpanKind.CLIENT, attributes: { 'mcp.method.name': 'tools/list' } }],
    [
      'of a server that calls on',
      {
        kind: SpanKind.SERVER,
        attributes: {
          'mcp.method.name': 'tools/call',
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': 'echo',
        },
      },
    ],
    ['of anything else', {}],
  ])('%s is the parent of ours', async (_name, options) => {
    const span = tracer.startSpan('theirs', options);
    await context.with(trace.setSpan(context.active(), span), call);
    span.end();
    const [sent] = recording.sent;
    expect(sent?.operation.foreign).toBeUndefined();
    expect(sent?.operation.parentSpanContext).toEqual(span.spanContext());
    expect(recording.served[0]?.parentSpanContext?.spanId).toBe(sent?.operation.spanContext().spanId);
  });
});

it('a trace context that the caller has put into the message is the parent, and is replaced by that of the request', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const params = { name: 'echo', arguments: { said: 'x' }, _meta: { traceparent, tracestate: 'vendor=1', own: 7 } };
  const before = structuredClone(params);
  await pair.client.callTool(params);
  expect(params).toEqual(before);
  const [sent] = recording.sent;
  expect(sent?.operation.parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331' });
  const parent = recording.served[0]?.parentSpanContext;
  expect(parent).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', traceFlags: 1 });
  expect(parent?.spanId).toBe(sent?.operation.spanContext().spanId);
  expect(parent?.traceState?.serialize()).toBe('vendor=1');
});

it('a request is a span of the application where the application has a tracer of its own', async () => {
  const { instrumentation } = recording;
  const own = instrumentation.bridge;
  const guests = new GuestSpans(() => provider, performance.timeOrigin);
  const contexts = {
    active: () => context.active(),
    run: <R>(active: Context, fn: () => R): R => context.with(active, fn),
  };
  instrumentation.bridge = createGuestBridge(own, { globals: { ownsTraces: false }, spans: guests, contexts });
  instrumentation.clients.onFinished = (operation, entry) => {
    expect(guests.endSent(operation, entry)).toBe(true);
  };
  exporter.reset();
  const caller = tracer.startSpan('caller');
  await context.with(trace.setSpan(context.active(), caller), call);
  instrumentation.bridge = own;
  const span = exporter.getFinishedSpans().find(({ kind }) => kind === SpanKind.CLIENT);
  expect(span?.name).toBe('tools/call echo');
  expect(span?.parentSpanContext?.spanId).toBe(caller.spanContext().spanId);
  expect(span?.attributes).toMatchObject({ 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'echo' });
  expect(recording.served.at(-1)?.parentSpanContext?.spanId).toBe(span?.spanContext().spanId);
});
