import { type Context, type TracerProvider as RegisteredProvider, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { beforeEach, describe, expect, it } from 'vitest';
import { VitalsContextManager } from '../../../src/sdk/context-manager.ts';
import { DelegatingTracerProvider } from '../../../src/sdk/delegating-tracer.ts';

function providerInto(exporter: InMemorySpanExporter): RegisteredProvider {
  return new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
}

describe('the tracer provider we register', () => {
  const manager = new VitalsContextManager();
  const contexts = {
    active: () => manager.active(),
    run: <R>(context: Context, fn: () => R): R => manager.run(context, fn),
  };
  const ours = new InMemorySpanExporter();
  const theirs = new InMemorySpanExporter();
  let provider: DelegatingTracerProvider;
  const names = (exporter: InMemorySpanExporter): string[] => exporter.getFinishedSpans().map(({ name }) => name);

  beforeEach(() => {
    ours.reset();
    theirs.reset();
    provider = new DelegatingTracerProvider(providerInto(ours), contexts);
  });

  it('makes an active span the parent of what follows, without any registered context manager', () => {
    const tracer = provider.getTracer('user');
    const [parent, child] = tracer.startActiveSpan('parent', (span) => {
      expect(trace.getSpan(manager.active())).toBe(span);
      const below = tracer.startActiveSpan('child', { attributes: { a: 1 } }, (inner) => {
        inner.end();
        return inner;
      });
      span.end();
      return [span, below];
    });
    expect(manager.active()).toBe(ROOT_CONTEXT);
    expect(names(ours)).toEqual(['child', 'parent']);
    const [exported] = ours.getFinishedSpans();
    expect(exported?.parentSpanContext?.spanId).toBe(parent?.spanContext().spanId);
    expect(exported?.spanContext().spanId).toBe(child?.spanContext().spanId);
    expect(exported?.attributes).toEqual({ a: 1 });
  });

  it('follows a context that is given instead of the active one', () => {
    const tracer = provider.getTracer('user');
    const root = tracer.startSpan('root');
    const given = trace.setSpan(ROOT_CONTEXT, root);
    tracer.startSpan('plain', {}, given).end();
    tracer.startActiveSpan('active', {}, given, (span) => span.end());
    const parents = ours.getFinishedSpans().map(({ parentSpanContext }) => parentSpanContext?.spanId);
    expect(parents).toEqual([root.spanContext().spanId, root.spanContext().spanId]);
  });

  it('leads tracers that were taken and used before to the provider of the application, once it has one', () => {
    const tracer = provider.getTracer('user');
    tracer.startSpan('early').end();
    provider.yieldTo(providerInto(theirs));
    tracer.startSpan('late').end();
    tracer.startActiveSpan('late and active', (span) => span.end());
    expect(names(ours)).toEqual(['early']);
    expect(names(theirs)).toEqual(['late', 'late and active']);
  });
});
