import { type Context, trace as ownTrace, type Span, type TraceAPI, type Tracer } from '@opentelemetry/api';
import { VERSION } from '../core/version.ts';
import type { Operation } from '../mcp/operation.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import { SPAN_KIND_SERVER } from '../mcp/span-types.ts';
import { serverAttributes } from './span-export.ts';

/**
 * Operations as spans of the application's own tracer, for processes whose OpenTelemetry is not ours: they pass the
 * application's sampler, processors and exporters like every other span of it.
 */
export class GuestSpans {
  readonly #trace: Pick<TraceAPI, 'getTracer'>;
  /** Taken when first needed: one taken while our provider was registered would stay ours. */
  #tracer: Tracer | undefined = undefined;
  readonly #timeOrigin: number;
  readonly #spans = new WeakMap<Operation, Span>();
  /** Spares processes that are no guests a look-up per operation. */
  #isGuest = false;

  /**
   * @param trace trace API of the application's copy; its tracers begin to record when a provider is registered later
   * @param timeOrigin wall-clock milliseconds of the origin of the monotonic clock
   */
  constructor(trace: Pick<TraceAPI, 'getTracer'>, timeOrigin: number) {
    this.#trace = trace;
    this.#timeOrigin = timeOrigin;
  }

  /** Starts the span of an operation; `undefined` when the application has no tracer provider (yet). */
  start(operation: Operation, active: Context): Context | undefined {
    const { parentSpanContext: parent } = operation;
    const parentContext = parent === undefined ? active : ownTrace.setSpanContext(active, parent);
    this.#tracer ??= this.#trace.getTracer('mcp-vitals', VERSION);
    const span = this.#tracer.startSpan(
      operation.entry?.name ?? operation.methodEntry?.label ?? operation.method,
      {
        kind: SPAN_KIND_SERVER,
        startTime: this.#timeOrigin + operation.receivedAt,
        ...(operation.userLinks === undefined ? {} : { links: operation.userLinks }),
      },
      parentContext,
    );
    const { spanId, traceId } = span.spanContext();
    // Without a provider the API answers with the parent again, or with an all-zero context.
    if (spanId === parent?.spanId || /^0*$/.test(traceId)) return undefined;
    this.#isGuest = true;
    this.#spans.set(operation, span);
    return ownTrace.setSpan(parentContext, span);
  }

  /** Ends the span of an operation; `false` when it has none and is ours to export. */
  end(operation: Operation, entry: OperationEntry, stagesMs: Float64Array): boolean {
    const span = this.#isGuest ? this.#spans.get(operation) : undefined;
    if (span === undefined) return false;
    const { errorType, statusMessage } = operation.outcome;
    span.updateName(entry.name);
    span.setAttributes(serverAttributes(operation, entry, stagesMs));
    const status = operation.exportedStatus(errorType, statusMessage);
    if (status.code !== 0) span.setStatus(status);
    span.end(this.#timeOrigin + operation.sendTo);
    return true;
  }
}
