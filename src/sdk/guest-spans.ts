import {
  type Context,
  type Link,
  trace as ownTrace,
  type Span,
  type SpanContext,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { VERSION } from '../core/version.ts';
import type { ClientOperation, ForeignSpan } from '../mcp/client/client-operation.ts';
import type { SentRequest } from '../mcp/context-bridge.ts';
import type { Operation } from '../mcp/operation.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import type { OperationTally } from '../mcp/operation-tally.ts';
import { SPAN_KIND_CLIENT, SPAN_KIND_SERVER } from '../mcp/span-types.ts';
import { ATTR_OBJECTIVE, EVENT_OBJECTIVE_BREACH } from '../semconv/objective-streams.ts';
import { clientAttributes, serverAttributes } from './span-export.ts';

/**
 * Operations as spans of the application's own tracer, for processes whose OpenTelemetry is not ours: they pass the
 * application's sampler, processors and exporters like every other span of it.
 */
export class GuestSpans {
  readonly #registered: () => TracerProvider | undefined;
  #provider: TracerProvider | undefined = undefined;
  #tracer: Tracer | undefined = undefined;
  readonly #timeOrigin: number;
  readonly #spans = new WeakMap<Operation, Span>();
  readonly #sent = new WeakMap<ForeignSpan, Span>();
  /** Spares processes that are no guests a look-up per operation. */
  #isGuest = false;

  /**
   * @param registered the application's tracer provider, once it has one
   * @param timeOrigin wall-clock milliseconds of the origin of the monotonic clock
   */
  constructor(registered: () => TracerProvider | undefined, timeOrigin: number) {
    this.#registered = registered;
    this.#timeOrigin = timeOrigin;
  }

  /** Starts the span of an operation; `undefined` when the application has no tracer provider (yet). */
  start(operation: Operation, active: Context): Context | undefined {
    const { parentSpanContext: parent } = operation;
    const parentContext = withParent(active, parent);
    const name = operation.entry?.name ?? operation.methodEntry?.label ?? operation.method;
    const span = this.#startSpan(name, SPAN_KIND_SERVER, operation.receivedAt, parentContext, operation.added?.links);
    if (span === undefined) return undefined;
    this.#spans.set(operation, span);
    return ownTrace.setSpan(parentContext, span);
  }

  /** Context of the span of an operation in the application's tracer; `undefined` when it has none. */
  contextOf(operation: Operation): SpanContext | undefined {
    return this.#isGuest ? this.#spans.get(operation)?.spanContext() : undefined;
  }

  /** The same for a request or notification that is about to be sent. */
  startSent({ method, sentAt, parent }: SentRequest, active: Context): ForeignSpan | undefined {
    const span = this.#startSpan(method, SPAN_KIND_CLIENT, sentAt, withParent(active, parent));
    if (span !== undefined) this.#sent.set(span, span);
    return span;
  }

  #startSpan(name: string, kind: number, startedAt: number, parentContext: Context, links?: Link[]): Span | undefined {
    const provider = this.#registered();
    if (provider === undefined) return undefined;
    if (provider !== this.#provider) {
      this.#provider = provider;
      this.#tracer = provider.getTracer('mcp-vitals', VERSION);
    }
    const startTime = this.#timeOrigin + startedAt;
    const span = (this.#tracer as Tracer).startSpan(
      name,
      { kind, startTime, ...(links === undefined ? {} : { links }) },
      parentContext,
    );
    const { spanId, traceId } = span.spanContext();
    // A provider that makes no spans answers with the parent again, or with an all-zero context.
    if (spanId === ownTrace.getSpanContext(parentContext)?.spanId || /^0*$/.test(traceId)) return undefined;
    this.#isGuest = true;
    return span;
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
    for (const id of operation.missedObjectives ?? []) {
      span.addEvent(EVENT_OBJECTIVE_BREACH, { [ATTR_OBJECTIVE]: id }, this.#timeOrigin + operation.sendTo);
    }
    span.end(this.#timeOrigin + operation.sendTo);
    return true;
  }

  /** Ends the span of a sent request that {@link startSent} has started; `false` for any other. */
  endSent(operation: ClientOperation, entry: OperationTally): boolean {
    const span = operation.foreign === undefined ? undefined : this.#sent.get(operation.foreign);
    if (span === undefined) return false;
    const { errorType, statusMessage } = operation.outcome;
    span.updateName(entry.name);
    span.setAttributes({ ...clientAttributes(operation, entry), ...operation.added?.attributes });
    for (const link of operation.added?.links ?? []) span.addLink?.(link);
    const status = operation.exportedStatus(errorType, statusMessage);
    if (status.code !== 0) span.setStatus(status);
    span.end(this.#timeOrigin + operation.endedAt);
    return true;
  }
}

function withParent(active: Context, parent: Operation['parentSpanContext']): Context {
  return parent === undefined ? active : ownTrace.setSpanContext(active, parent);
}
