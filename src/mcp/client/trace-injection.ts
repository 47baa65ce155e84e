import type { Propagation } from '../../config/settings.ts';
import type { Instrumentation } from '../instrumentation.ts';
import type { JsonRpcMessage } from '../sdk-shapes.ts';
import type { SpanContext } from '../span-types.ts';
import { formatTraceParent } from '../trace-parent.ts';
import type { ClientOperation } from './client-operation.ts';

/** What leaves with outgoing messages; replaced once the configuration is known. */
export interface OutgoingPolicy {
  /** Whether spans of this process go anywhere. When not, only a trace that others have begun is passed on. */
  readonly exported: boolean;
  readonly propagation: Propagation;
  /** Head decision for an operation without a parent, or with the given one. */
  sample(parent: SpanContext | undefined): boolean;
}

/** Nothing leaves. */
export const NOTHING_LEAVES: OutgoingPolicy = { exported: false, propagation: 'off', sample: () => false };

/**
 * A copy of the message with the operation's trace context in `params._meta` (W3C names, SEP-414), or the message itself where
 * there is nothing to tell. A trace context in it before is the operation's parent by now and is replaced.
 */
export function withTraceContext(
  instrumentation: Instrumentation,
  operation: ClientOperation,
  message: JsonRpcMessage,
): JsonRpcMessage {
  const { outgoing, bridge } = instrumentation;
  if (outgoing.propagation === 'off') return message;
  if (outgoing.propagation === 'clients' && !operation.connection.isClient) return message;
  const isOurs = outgoing.exported || operation.foreign !== undefined;
  const context = isOurs ? operation.spanContext() : operation.parentSpanContext;
  const baggage = bridge.baggage();
  if (context === undefined && baggage === undefined) return message;

  const { params } = message;
  const meta = params?.['_meta'];
  if (params !== undefined && !isRecord(params)) return message;
  if (meta !== undefined && !isRecord(meta)) return message;
  const carrier: Record<string, unknown> = { ...meta };
  if (context !== undefined) {
    carrier['traceparent'] = formatTraceParent(context);
    const tracestate = context.traceState?.serialize();
    if (tracestate === undefined) delete carrier['tracestate'];
    else carrier['tracestate'] = tracestate;
  }
  if (baggage !== undefined) carrier['baggage'] ??= baggage;
  return { ...message, params: { ...params, _meta: carrier } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
