import type { Connection } from './connection.ts';
import { withProtocolVersion } from './connection-kind.ts';
import type { ContextBridge } from './context-bridge.ts';
import type { Instrumentation } from './instrumentation.ts';
import { Operation } from './operation.ts';
import { resourceUriOf } from './resource-uri.ts';
import type { JsonRpcMessage } from './sdk-shapes.ts';
import type { SpanContext } from './span-types.ts';
import { extractTraceContext, type TraceCarrier } from './trace-parent.ts';

/** Where the stamps of the message being dispatched are put together: written and read at once, so one is enough. */
const arriving = { receivedAt: 0, parseMs: 0, bytes: 0, dispatchedAt: 0 };

/** Opens the operation of a message that has just been dispatched, and counts it in. */
export function beginOperation(
  instrumentation: Instrumentation,
  connection: Connection,
  message: JsonRpcMessage,
  extra: unknown,
): Operation {
  const { bridge, recorder } = instrumentation;
  const now = instrumentation.now();
  const method = typeof message.method === 'string' ? message.method : '';
  const params = message.params ?? undefined;
  const name = params?.['name'];
  learnFromRequest(instrumentation, connection, extra);

  const ambient = bridge.ambientSpanContext();
  const extracted = extractTraceContext(params?.['_meta'] as TraceCarrier | null | undefined);
  const parent =
    extracted ?? ambient ?? (connection.kind.protocolName === '' ? undefined : headerContext(bridge, extra));

  readReceipt(instrumentation, connection, message, now);
  const operation = new Operation(
    connection,
    method,
    typeof name === 'string' ? name : undefined,
    message.id,
    arriving,
    parent,
    instrumentation.sample(parent),
  );
  operation.receivedBytes = arriving.bytes;
  if (extracted !== undefined && ambient !== undefined && ambient.spanId !== extracted.spanId) {
    operation.addLink({ context: ambient });
  }
  operation.resourceUri = resourceUriOf(method, params);
  recorder.begin(operation);
  const { content } = instrumentation;
  if (content !== undefined) instrumentation.guard(() => content.record(operation, 'arguments', params?.['arguments']));
  return operation;
}

/** The trace context of the HTTP request that brought the message: from its arrival, or as the SDK passes it on. */
function headerContext(bridge: ContextBridge, extra: unknown): SpanContext | undefined {
  const arrival = bridge.activeArrival();
  if (arrival !== undefined) return extractTraceContext(arrival);
  const headers = (extra as { requestInfo?: { headers?: TraceCarrier } } | undefined)?.requestInfo?.headers;
  return extractTraceContext(headers);
}

/** A session id and, on stateless HTTP, the revision are known only once a request has come. */
function learnFromRequest(instrumentation: Instrumentation, connection: Connection, extra: unknown): void {
  if (connection.session === undefined && !connection.isClient) {
    const { kind, transport } = connection;
    if (kind.protocolName === '' || transport.sessionId !== undefined) instrumentation.startSession(connection);
  }
  if (connection.kind.protocolVersion !== '') return;
  const negotiated = connection.protocol._negotiatedProtocolVersion;
  const headers = (extra as { requestInfo?: { headers?: Record<string, unknown> } } | undefined)?.requestInfo?.headers;
  const version = negotiated ?? headers?.['mcp-protocol-version'];
  if (typeof version === 'string') connection.kind = withProtocolVersion(connection.kind, version);
}

/** Puts together in `arriving` when the message came, and how long the SDK has read it since. */
function readReceipt(
  { receipts, bridge }: Instrumentation,
  { kind, transport }: Connection,
  message: JsonRpcMessage,
  now: number,
): void {
  arriving.receivedAt = now;
  arriving.parseMs = 0;
  arriving.bytes = 0;
  arriving.dispatchedAt = now;
  if (kind.transport === 'pipe') {
    if (transport._wire === undefined) receipts.read(now, arriving);
    else Object.assign(arriving, receipts.queued(message));
  } else if (kind.protocolName !== '') {
    const arrival = bridge.activeArrival();
    if (arrival === undefined) return;
    arriving.receivedAt = arrival.receivedAt;
    arriving.parseMs = arrival.sdkEntryAt === 0 ? 0 : now - arrival.sdkEntryAt;
    arriving.bytes = arrival.bytes;
  }
}
