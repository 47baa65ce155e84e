import { SpanKind, type Tracer } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';
import { takeOverSpansOf } from '../../../src/mcp/handler-telemetry.ts';
import type { Attributes } from '../../../src/mcp/span-types.ts';

/** Where mcp-handler 2.x keeps what it traces each server with; the real one is tested in the matrix of frameworks. */
const REGISTRY = Symbol.for('mcp-handler.telemetry.v1');
const slots = globalThis as { [REGISTRY]?: unknown };

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
const server = {};

afterEach(() => {
  delete slots[REGISTRY];
  exporter.reset();
});

/** Takes over from a server as mcp-handler registers it; answers its tracer as mcp-handler sees it from then on. */
function takenOver(takeOver: (attributes: Attributes) => boolean): Tracer {
  const tracing = { tracer: provider.getTracer('mcp-handler') };
  slots[REGISTRY] = { servers: new WeakMap([[server, { tracing }]]) };
  takeOverSpansOf(server, takeOver);
  return tracing.tracer;
}

const names = (): string[] => exporter.getFinishedSpans().map(({ name }) => name);
const MESSAGE = { kind: SpanKind.SERVER, attributes: { 'mcp.method.name': 'ping', 'vercel.rpc.route': 'mcp' } };

describe('the spans that mcp-handler writes of messages', () => {
  it('are left out where ours takes over what they say, and harm nobody who writes to them', () => {
    const taken: Attributes[] = [];
    const span = takenOver((attributes) => taken.push(attributes) > 0).startSpan('ping', MESSAGE);
    span.setStatus({ code: 2 }).setAttribute('more', 1).end();
    expect(span.isRecording()).toBe(false);
    expect(names()).toEqual([]);
    expect(taken).toEqual([MESSAGE.attributes]);
  });

  it('are written where there is none of ours', () => {
    takenOver(() => false)
      .startSpan('ping', MESSAGE)
      .end();
    expect(names()).toEqual(['ping']);
  });

  it('are not mistaken for its other spans, which are written as ever', () => {
    const tracer = takenOver(() => true);
    tracer.startSpan('subscription', { kind: SpanKind.INTERNAL, attributes: MESSAGE.attributes }).end();
    tracer.startSpan('callback', { kind: SpanKind.SERVER }).end();
    tracer.startActiveSpan('active', (span) => span.end());
    expect(names()).toEqual(['subscription', 'callback', 'active']);
  });

  it('are taken over once, however often the server connects', () => {
    let asked = 0;
    const tracer = takenOver(() => {
      asked += 1;
      return false;
    });
    takeOverSpansOf(server, () => true);
    tracer.startSpan('ping', MESSAGE).end();
    expect([asked, names()]).toEqual([1, ['ping']]);
  });

  it('are looked for without harm in a process that has no mcp-handler, or another version of it', () => {
    for (const registry of [undefined, {}, { servers: new WeakMap() }, { servers: new WeakMap([[server, {}]]) }]) {
      slots[REGISTRY] = registry;
      expect(() => takeOverSpansOf(server, () => true)).not.toThrow();
    }
  });
});
