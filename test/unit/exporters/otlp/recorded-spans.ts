import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { TracerProvider } from '@opentelemetry/sdk-trace';

/** Spans ended by the real SDK, named `<prefix> 0`, `<prefix> 1`, … */
export function recordSpans(count: number, prefix = 'tools/call'): ReadableSpan[] {
  const ended: ReadableSpan[] = [];
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'spans-under-test' }),
    spanProcessors: [
      {
        onStart: () => {},
        onEnd: (span) => void ended.push(span),
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
  });
  const tracer = provider.getTracer('test', '1');
  for (let index = 0; index < count; index += 1) {
    const attributes = { text: 'é', whole: -3, broken: 0.5, yes: true, list: ['a', 'b'] };
    const span = tracer.startSpan(`${prefix} ${index}`, { kind: SpanKind.SERVER, attributes });
    span.addEvent('breach', { objective: 'P95' });
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
    span.end();
  }
  return ended;
}

/** A span nobody can serialize: reading its attributes throws. */
export function breakSpan(span: ReadableSpan): ReadableSpan {
  return Object.create(span, {
    attributes: {
      get: () => {
        throw new TypeError('hostile attribute');
      },
    },
  }) as ReadableSpan;
}
