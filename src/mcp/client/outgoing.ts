import { ERROR_TYPE_VALUE_CANCELLED, ERROR_TYPE_VALUE_TIMEOUT } from '../../semconv/attributes.ts';
import type { Connection } from '../connection.ts';
import { withProtocolVersion } from '../connection-kind.ts';
import type { Instrumentation } from '../instrumentation.ts';
import { OUTCOME_OK } from '../operation.ts';
import { errorTypeOf, outcomeOfFailure } from '../outcome.ts';
import { resourceUriOf } from '../resource-uri.ts';
import type { JsonRpcMessage, TransportLike } from '../sdk-shapes.ts';
import type { SpanContext } from '../span-types.ts';
import { extractTraceContext, type TraceCarrier } from '../trace-parent.ts';
import { ClientOperation } from './client-operation.ts';
import { ClientSide } from './client-side.ts';
import type { EarlierLeg } from './logical-calls.ts';
import { withTraceContext } from './trace-injection.ts';

type Send = TransportLike['send'];

/**
 * Sends a request or notification that a protocol object hands to its transport: the one place all of them pass, whatever
 * method of whatever SDK they come from. The message that leaves is a copy where trace context is added; the caller's object
 * stays as it is.
 */
export function sendOutgoing(
  instrumentation: Instrumentation,
  connection: Connection,
  message: JsonRpcMessage,
  original: Send,
  self: TransportLike,
  options: unknown,
): Promise<unknown> {
  let operation: ClientOperation | undefined;
  let outgoing = message;
  try {
    operation = beginOutgoing(instrumentation, connection, message);
    outgoing = withTraceContext(instrumentation, operation, message);
  } catch (error) {
    instrumentation.contain(error);
  }
  if (operation === undefined) return original.call(self, outgoing, options);
  const begun = operation;
  const fail = (error: unknown): void => {
    connection.clientSide?.forget(begun);
    instrumentation.guard(() => instrumentation.clients.finish(begun, outcomeOfFailure(failureOf(begun, error))));
  };
  let sent: Promise<unknown>;
  try {
    // Over HTTP and in memory the request goes on from here, so its span is the parent of what follows. A notification has no
    // answer to end it: it may open the stream on which the server speaks from then on, which is not its doing.
    sent =
      begun.requestId === undefined || connection.kind.transport === 'pipe'
        ? original.call(self, outgoing, options)
        : instrumentation.bridge.runSending(begun, () => original.call(self, outgoing, options));
  } catch (error) {
    fail(error);
    throw error;
  }
  const accepted = (): void => {
    if (begun.requestId !== undefined) return;
    instrumentation.guard(() => instrumentation.clients.finish(begun, OUTCOME_OK));
  };
  if (typeof sent?.then === 'function') sent.then(accepted, fail);
  else accepted();
  return sent;
}

/** What kept a message from being sent; giving a request up aborts the HTTP request that carries it. */
function failureOf(operation: ClientOperation, error: unknown): string {
  if (operation.timedOut) return ERROR_TYPE_VALUE_TIMEOUT;
  const errorType = errorTypeOf(error);
  if (errorType === 'AbortError') return ERROR_TYPE_VALUE_CANCELLED;
  const { code, status } = (error ?? {}) as { code?: unknown; status?: unknown };
  const httpStatus = [status, code].find((value) => typeof value === 'number' && value >= 400 && value <= 599);
  return httpStatus === undefined ? errorType : String(httpStatus);
}

function beginOutgoing(
  instrumentation: Instrumentation,
  connection: Connection,
  message: JsonRpcMessage,
): ClientOperation {
  const { bridge, clients, outgoing } = instrumentation;
  connection.clientSide ??= new ClientSide(connection.transport);
  const side = connection.clientSide;
  learnFromConnection(instrumentation, connection, side);
  const { id, params } = message;
  const method = message.method ?? '';
  const name = typeof params?.['name'] === 'string' ? params['name'] : undefined;
  if (method === 'notifications/cancelled') endCancelled(instrumentation, side, params);

  const earlier = id === undefined ? undefined : side.calls.take(method, params);
  const active = parentOf(bridge.ambientSpanContext(), params);
  const parent = earlier === undefined ? active : parentOfLeg(active, earlier);
  const sentAt = instrumentation.now();
  const foreign = bridge.foreignSpan({ method, name, sentAt, parent });
  const sampled = foreign === undefined ? outgoing.sample(parent) : (foreign.spanContext().traceFlags & 1) === 1;
  const uri = resourceUriOf(method, params);
  const trace = { parent, sampled, foreign };
  const operation = new ClientOperation(connection, { method, name, id, uri }, sentAt, trace);
  if (earlier !== undefined) operation.addLink({ context: earlier.context });
  instrumentation.negotiations.sending(operation);
  clients.begin(operation);
  if (id !== undefined) side.pending.set(id, operation);
  return operation;
}

/**
 * The span a request belongs to: the active one. A caller may have put a trace context into the message himself (a proxy that
 * passes on what it got, say); where that is of another trace, it is what he means.
 */
function parentOf(ambient: SpanContext | undefined, params: JsonRpcMessage['params']): SpanContext | undefined {
  const given = extractTraceContext(params?.['_meta'] as TraceCarrier | undefined);
  return given === undefined || given.traceId === ambient?.traceId ? ambient : given;
}

/**
 * The SDK sends a further leg from where it read the answer to the one before: what is active there is that leg itself, or
 * whatever was when the connection was opened. Only a span of the same trace can be the caller's.
 */
function parentOfLeg(active: SpanContext | undefined, { context, parent }: EarlierLeg): SpanContext {
  const isCallers = active?.traceId === context.traceId && active.spanId !== context.spanId;
  return isCallers ? active : (parent ?? context);
}

/** The revision is settled and the session id is known only once the first answers have come. */
function learnFromConnection(instrumentation: Instrumentation, connection: Connection, side: ClientSide): void {
  if (!connection.isClient) return;
  const { protocol, transport } = connection;
  const version = protocol._negotiatedProtocolVersion;
  if (version !== undefined) connection.kind = withProtocolVersion(connection.kind, version);
  // Over HTTP it is a session only with an id of it.
  if (side.session !== undefined || protocol._transport !== transport || connection.closed) return;
  if (connection.kind.protocolName === 'http' && 'sessionId' in transport && transport.sessionId === undefined) return;
  side.session = instrumentation.clients.sessions.begin(connection.kind, connection.openedAt, transport);
}

/** The SDK tells the server that it no longer waits; whether the time was up stands in the reason. */
function endCancelled(instrumentation: Instrumentation, side: ClientSide, params: JsonRpcMessage['params']): void {
  const id = params?.['requestId'];
  if (typeof id !== 'string' && typeof id !== 'number') return;
  const operation = side.settle(id);
  if (operation === undefined) return;
  const reason = params?.['reason'];
  const timedOut = operation.timedOut || (typeof reason === 'string' && /time(d )?[- ]?out/i.test(reason));
  const errorType = timedOut ? ERROR_TYPE_VALUE_TIMEOUT : ERROR_TYPE_VALUE_CANCELLED;
  instrumentation.clients.finish(operation, outcomeOfFailure(errorType));
}
