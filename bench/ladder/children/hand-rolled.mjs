// What a good engineer would write with OpenTelemetry: a span and a histogram around each tool handler.
import { context, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { ProtobufTraceSerializer, TraceExporterMetricsHelper } from '@opentelemetry/otlp-transformer';
import { AggregationTemporality, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

const EXPORTED = { code: 0 };

/** Takes everything and keeps nothing: serialising and sending are not charged to the hand-rolled line. */
const discard = {
  export: (_items, done) => done(EXPORTED),
  selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
  forceFlush: async () => {},
  shutdown: async () => {},
};

/** What `@opentelemetry/exporter-trace-otlp-proto` consists of, sending to where the environment says. */
function createOtlpExporter() {
  const http = convertLegacyHttpOptions({}, 'TRACES', 'v1/traces', { 'Content-Type': 'application/x-protobuf' });
  return new OTLPExporterBase(
    createOtlpHttpExportDelegate(http, ProtobufTraceSerializer, 'otlp_http_span_exporter', TraceExporterMetricsHelper),
  );
}

/**
 * Registers the providers and answers a wrapper for tool handlers.
 *
 * @param {{ sampleRatio: number, send?: boolean }} options
 */
export function createHandRolled({ sampleRatio, send = false }) {
  const provider = new TracerProvider({
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: send ? createOtlpExporter() : discard })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  metrics.setGlobalMeterProvider(
    new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: discard })] }),
  );
  const tracer = trace.getTracer('ladder');
  const duration = metrics.getMeter('ladder').createHistogram('mcp.server.operation.duration', { unit: 's' });

  return (name, handler) => (args, extra) =>
    tracer.startActiveSpan(
      `tools/call ${name}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'mcp.method.name': 'tools/call',
          'gen_ai.tool.name': name,
          'gen_ai.operation.name': 'execute_tool',
          'jsonrpc.request.id': String(extra.requestId),
          'network.transport': 'pipe',
        },
      },
      async (span) => {
        const from = performance.now();
        const labels = {
          'mcp.method.name': 'tools/call',
          'gen_ai.tool.name': name,
          'gen_ai.operation.name': 'execute_tool',
          'network.transport': 'pipe',
        };
        try {
          const result = await handler(args, extra);
          if (result.isError === true) labels['error.type'] = 'tool_error';
          return result;
        } catch (error) {
          labels['error.type'] = error.name;
          span.recordException(error);
          throw error;
        } finally {
          if (labels['error.type'] !== undefined) {
            span.setAttribute('error.type', labels['error.type']);
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
          duration.record((performance.now() - from) / 1000, labels);
        }
      },
    );
}
