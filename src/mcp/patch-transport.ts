import type { Connection } from './connection.ts';
import { withProtocolVersion } from './connection-kind.ts';
import type { Instrumentation } from './instrumentation.ts';
import type { Operation } from './operation.ts';
import { errorTypeOf, outcomeOfFailure, outcomeOfResponse } from './outcome.ts';
import type { AnyFunction, JsonRpcMessage, TransportLike } from './sdk-shapes.ts';

/**
 * Puts an own `send` on a transport, which keeps its identity and everything else: SDK 2.x checks classes, prototypes and
 * private state of transports, so they are never wrapped.
 */
export function patchTransport(instrumentation: Instrumentation, connection: Connection): void {
  const { transport } = connection;
  const original = transport.send;
  const send = function (this: TransportLike, ...args: Parameters<TransportLike['send']>): Promise<unknown> {
    const message = args[0];
    const operation = instrumentation.guard(() => openOperation(instrumentation, connection, message));
    if (operation === undefined) return Reflect.apply(original, this, args);
    return transmit(instrumentation, connection, operation, message, () => Reflect.apply(original, this, args));
  };
  define(transport, 'send', send);
  for (const entry of ['handleRequest', 'handlePostMessage'] as const) stampEntry(instrumentation, transport, entry);
}

/** The operation a message answers, taken out of the connection's open ones. */
function openOperation(
  instrumentation: Instrumentation,
  connection: Connection,
  message: JsonRpcMessage,
): Operation | undefined {
  if (message.id === undefined || message.method !== undefined) return undefined;
  const operation = connection.settle(message.id);
  if (operation === undefined) return undefined;
  operation.sendFrom = instrumentation.now();
  learnFromResult(instrumentation, connection, operation, message.result);
  const { content } = instrumentation;
  if (content !== undefined) instrumentation.guard(() => content.record(operation, 'result', message.result));
  return operation;
}

function transmit(
  instrumentation: Instrumentation,
  connection: Connection,
  operation: Operation,
  message: JsonRpcMessage,
  send: () => Promise<unknown>,
): Promise<unknown> {
  const { recorder, serialization } = instrumentation;
  let sent: Promise<unknown>;
  try {
    // In memory nothing is serialised: there is nothing to watch for.
    sent = connection.kind.transport === 'inproc' ? send() : serialization.watch(operation, message, send);
  } catch (error) {
    instrumentation.guard(() => recorder.finish(operation, outcomeOfFailure(errorTypeOf(error))));
    throw error;
  }
  const finish = (errorType: string): void => {
    serialization.forget(message);
    const outcome = errorType === '' ? outcomeOfResponse(message) : outcomeOfFailure(errorType);
    recorder.finish(operation, outcome);
  };
  // A pipe that took the bytes is done; anything else (back pressure, HTTP, event stores) is done when the promise is.
  const written = connection.kind.transport === 'pipe' && operation.sentBytes > 0;
  if (written && (connection.transport._wire ?? connection.transport)._stdout?.writableNeedDrain !== true) {
    instrumentation.guard(() => finish(''));
  } else if (typeof sent?.then === 'function') {
    sent.then(
      () => instrumentation.guard(() => finish('')),
      (error: unknown) => instrumentation.guard(() => finish(errorTypeOf(error))),
    );
  } else {
    instrumentation.guard(() => finish(''));
  }
  return sent;
}

/** The negotiated revision stands in the answer to `initialize`; listed names are the server's own. */
function learnFromResult(
  instrumentation: Instrumentation,
  connection: Connection,
  operation: Operation,
  result: Record<string, unknown> | undefined,
): void {
  if (result === undefined || result === null) return;
  const { method } = operation;
  if (method === 'initialize') {
    const version = result['protocolVersion'];
    if (typeof version === 'string') connection.kind = withProtocolVersion(connection.kind, version);
    if (connection.session !== undefined) connection.session.kind = connection.kind;
    return;
  }
  const kind = method === 'tools/list' ? 'tool' : method === 'prompts/list' ? 'prompt' : undefined;
  if (kind === undefined || instrumentation.recorder.serverOf(connection.protocol) !== undefined) return;
  instrumentation.recorder.names.learn(kind, result[kind === 'tool' ? 'tools' : 'prompts']);
}

/** Stamps where an HTTP request enters the SDK: before that it waited, from there on the SDK reads and routes it. */
function stampEntry(
  instrumentation: Instrumentation,
  transport: TransportLike,
  name: 'handleRequest' | 'handlePostMessage',
): void {
  const original = (transport as { [key in typeof name]?: unknown })[name];
  if (typeof original !== 'function') return;
  define(transport, name, function (this: unknown, ...args: unknown[]): unknown {
    const arrival = instrumentation.guard(() => instrumentation.bridge.activeArrival());
    if (arrival !== undefined) arrival.sdkEntryAt = instrumentation.now();
    return Reflect.apply(original, this, args);
  });
}

function define(transport: object, name: string, value: AnyFunction | TransportLike['send']): void {
  Object.defineProperty(transport, name, { value, configurable: true, writable: true, enumerable: false });
}
