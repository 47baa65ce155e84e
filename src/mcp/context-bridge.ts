import type { Operation } from './operation.ts';
import type { AnyFunction, ProtocolLike } from './sdk-shapes.ts';

/** An HTTP request on its way to a transport: when it arrived, and when the MCP SDK got hold of it. */
export interface HttpArrival {
  readonly receivedAt: number;
  sdkEntryAt: number;
  /** `Content-Length`, 0 when the request does not say. */
  readonly bytes: number;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
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
}

/** No context: spans are switched off, or OpenTelemetry is not loaded yet. */
export const directBridge: ContextBridge = {
  run: (_operation, fn, self, message, extra) => fn.call(self, message, extra),
  activeOperation: () => undefined,
  activeArrival: () => undefined,
  ambientSpanContext: () => undefined,
};
