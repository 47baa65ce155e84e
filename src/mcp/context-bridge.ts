import type { ClientOperation, ForeignSpan } from './client/client-operation.ts';
import type { Operation } from './operation.ts';
import type { AnyFunction, ProtocolLike } from './sdk-shapes.ts';
import type { Attributes } from './span-types.ts';

/** An HTTP request on its way to a transport: when it arrived, and when the MCP SDK got hold of it. */
export interface HttpArrival {
  readonly receivedAt: number;
  sdkEntryAt: number;
  /** `Content-Length`, 0 when the request does not say. */
  readonly bytes: number;
  /** The trace context of the request's headers, as they came. */
  readonly traceparent: unknown;
  readonly tracestate: unknown;
}

/** A request or notification that is about to be sent. */
export interface SentRequest {
  readonly method: string;
  /** Tool or prompt name. */
  readonly name: string | undefined;
  readonly sentAt: number;
  readonly parent: Operation['parentSpanContext'];
}

/**
 * The instrumentation's view of asynchronous context. OpenTelemetry is loaded only after the first answer; until then the
 * direct bridge stands in, which runs everything as it is.
 */
export interface ContextBridge {
  /** Calls `fn` with `operation` as the active span. */
  run(operation: Operation, fn: AnyFunction, self: ProtocolLike, message: unknown, extra: unknown): unknown;
  /** The operation whose context is active. */
  activeOperation(): Operation | undefined;
  /** The HTTP request whose context is active. */
  activeArrival(): HttpArrival | undefined;
  /** The span context that is active around the dispatch of a message (an HTTP server span, say). */
  ambientSpanContext(): Operation['parentSpanContext'];
  /** Calls `fn`, which sends a request, with the request's own operation as the active span. */
  runSending<R>(operation: ClientOperation, fn: () => R): R;
  /**
   * A span that stands for the request being sent, so that ours is none of its own: the active one, when another
   * instrumentation has made it for the very same request, or one of the application's tracer.
   */
  foreignSpan(request: SentRequest): ForeignSpan | undefined;
  /**
   * Another instrumentation is about to write a span of its own of the message that is being handled: what it would say goes on
   * ours.
   *
   * @returns false where there is none of ours, and theirs is to be written
   */
  takeOver(attributes: Attributes): boolean;
  /** The active baggage in W3C form; `undefined` when there is none or it must not leave. */
  baggage(): string | undefined;
}

/** No context: spans are switched off, or OpenTelemetry is not loaded yet. */
export const directBridge: ContextBridge = {
  run: (_operation, fn, self, message, extra) => fn.call(self, message, extra),
  activeOperation: () => undefined,
  activeArrival: () => undefined,
  ambientSpanContext: () => undefined,
  runSending: (_operation, fn) => fn(),
  foreignSpan: () => undefined,
  takeOver: () => false,
  baggage: () => undefined,
};
