import { type Attributes, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  type ReadableSpan,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ObjectiveSpanProcessor,
  type ObjectiveSpanProcessorOptions,
  recordAllSampler,
} from '../../../src/slo/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { verifies } from '../../support/verifies.ts';

/** The providers a user may have; both take sampler and processors alike. */
const PROVIDERS = { NodeTracerProvider, TracerProvider } as const;

let processor: ObjectiveSpanProcessor | undefined;
afterEach(() => processor?.shutdown());

function tracerOf(
  kind: keyof typeof PROVIDERS,
  options: ObjectiveSpanProcessorOptions,
  seen: SpanProcessor[] = [],
): Tracer {
  processor = new ObjectiveSpanProcessor(options);
  const provider = new PROVIDERS[kind]({
    sampler: recordAllSampler(new AlwaysOffSampler()),
    spanProcessors: [processor, ...seen],
  });
  return provider.getTracer('application');
}

/** One operation with a child, of that many milliseconds. */
function operate(tracer: Tracer, tool: string, ms: number, attributes: Attributes = {}): string {
  const startTime = 1_700_000_000_000;
  return tracer.startActiveSpan(`tools/call ${tool}`, { kind: SpanKind.SERVER, startTime }, (span) => {
    span.setAttributes({ 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': tool, ...attributes });
    tracer.startSpan('child', { startTime }, trace.setSpan(ROOT_CONTEXT, span)).end(startTime + 1);
    if (attributes['error.type'] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(startTime + ms);
    return span.spanContext().spanId;
  });
}

describe.each(Object.keys(PROVIDERS) as (keyof typeof PROVIDERS)[])(
  'the span processor in a %s of the user',
  (kind) => {
    it('judges every operation although the sampler drops all, and exports those that fail or miss an objective', () => {
      verifies('LAT-05', 'LAT-06', 'LAT-08');
      const exporter = new InMemorySpanExporter();
      const clock = new FakeClock();
      const tracer = tracerOf(kind, { exporter, clock, objectives: [{ tool: 'search', p95: 100 }], keptPerSecond: 5 });
      for (let call = 0; call < 95; call += 1) operate(tracer, 'search', 50);
      expect(exporter.getFinishedSpans()).toEqual([]);
      const slow = operate(tracer, 'search', 150);
      const failed = operate(tracer, 'search', 50, { 'error.type': 'tool_error' });

      const kept = exporter.getFinishedSpans();
      const ids = kept.filter(({ name }) => name !== 'child').map((span) => span.spanContext().spanId);
      expect(ids).toEqual([slow, failed]);
      const of = (id: string): ReadableSpan | undefined => kept.find((span) => span.spanContext().spanId === id);
      expect(of(slow)?.attributes['mcp_vitals.objective.breached']).toEqual(['tools/call search p95']);
      expect(of(slow)?.events.map(({ name }) => name)).toEqual(['mcp_vitals.objective.breach']);
      expect(of(failed)?.attributes['mcp_vitals.objective.breached']).toEqual(['tools/call search success']);

      const [{ operation, windows } = { operation: '', windows: [] }] = processor?.windows() ?? [];
      expect([operation, ...windows.map(({ latency }) => latency.count)]).toEqual(['tools/call search', 97, 97, 97]);
      const p95 = windows[0]?.latency.quantiles.find(({ quantile }) => quantile === 0.95)?.seconds ?? 0;
      expect(Math.abs(p95 - 0.05)).toBeLessThanOrEqual(0.0005);
      const objective = processor?.objectives().find(({ id }) => id === 'tools/call search p95');
      expect(objective).toMatchObject({ samples: 97, breaches: 1, state: 'met' });
    });

    it('exports the whole trace, as many a second as allowed', () => {
      verifies('LAT-08');
      const exporter = new InMemorySpanExporter();
      const tracer = tracerOf(kind, {
        exporter,
        clock: new FakeClock(),
        objectives: [{ tool: '*', p95: 10 }],
        keptPerSecond: 2,
      });
      const provider = { trace: (index: number) => operate(tracer, 'search', 50 + index) };
      for (let call = 0; call < 5; call += 1) provider.trace(call);
      expect([processor?.kept, processor?.limited]).toEqual([2, 3]);
      const names = exporter.getFinishedSpans().map(({ name }) => name);
      expect(names.filter((name) => name !== 'child')).toHaveLength(2);
    });

    it('exports children that end after their operation, and none of traces that are not kept', () => {
      verifies('LAT-08');
      const exporter = new InMemorySpanExporter();
      const tracer = tracerOf(kind, { exporter, clock: new FakeClock(), objectives: [{ tool: 'search', p95: 100 }] });
      for (const ms of [50, 150]) {
        const attributes = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'search' };
        const operation = tracer.startSpan('tools/call search', { kind: SpanKind.SERVER, startTime: 1, attributes });
        const late = tracer.startSpan(`late ${ms}`, {}, trace.setSpan(ROOT_CONTEXT, operation));
        operation.end(1 + ms);
        late.end();
      }
      expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['tools/call search', 'late 150']);
    });

    it('leaves other spans alone and tells a bounded number of operations apart', () => {
      const exporter = new InMemorySpanExporter();
      const tracer = tracerOf(kind, { exporter, clock: new FakeClock() });
      tracer.startSpan('GET /', { kind: SpanKind.SERVER }).end();
      for (let call = 0; call < 1000; call += 1) operate(tracer, `made up ${call}`, 1);
      expect(processor?.windows()).toHaveLength(201);
      expect(exporter.getFinishedSpans()).toEqual([]);
    });
  },
);
