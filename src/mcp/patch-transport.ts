import { sendOutgoing } from './client/outgoing.ts';
import type { Connection } from './connection.ts';
import { withProtocolVersion } from './connection-kind.ts';
import type { Instrumentation } from './instrumentation.ts';
import type { Operation } from './operation.ts';
import { outcomeOfFailure, outcomeOfResponse, sendErrorTypeOf } from './outcome.ts';
import type { AnyFunction, JsonRpcMessage, TransportLike } from './sdk-shapes.ts';

/**
 * Puts an own `send` on a transport, which keeps its identity and everything else: SDK 2.x checks classes, prototypes and
 * private state of transports, so they are never wrapped.
 */
export function patchTransport(instrumentation: Instrumentation, connection: Connection): void {
  const { transport } = connection;
  const original = transport.send;
  const send = function (this: TransportLike, message: JsonRpcMessage, options?: unknown): Promise<unknown> {
    if (message?.method !== undefined) {
      return sendOutgoing(instrumentation, connection, message, original, this, options);
    }
    let operation: Operation | undefined;
    try {
      operation = openOperation(instrumentation, connection, message);
    } catch (error) {
      instrumentation.contain(error);
    }
    if (operation === undefined) return original.call(this, message, options);
    return transmit(instrumentation, operation, message, original, this, options);
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
  if (message.id === undefined) return undefined;
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
  operation: Operation,
  message: JsonRpcMessage,
  original: TransportLike['send'],
  self: TransportLike,
  options: unknown,
): Promise<unknown> {
  const { connection } = operation;
  const inMemory = connection.kind.transport === 'inproc' && connection.transport._otherTransport !== undefined;
  let sent: Promise<unknown>;
  try {
    // In memory nothing is serialised: there is nothing to watch for.
    sent = inMemory
      ? original.call(self, message, options)
      : instrumentation.serialization.watch(operation, message, original, self, options);
  } catch (error) {
    finish(instrumentation, operation, message, sendErrorTypeOf(error));
    throw error;
  }
  // A pipe that took the bytes is done; anything else (back pressure, HTTP, event stores) is done when the promise is.
  if (inMemory || wasWritten(operation) || typeof sent?.then !== 'function') {
    finish(instrumentation, operation, message, '');
  } else {
    sent.then(
      () => finish(instrumentation, operation, message, ''),
      (error: unknown) => finish(instrumentation, operation, message, sendErrorTypeOf(error)),
    );
  }
  return sent;
}

/** Whether a stdio transport has put the bytes of the answer where no back pressure holds them. */
function wasWritten({ connection, sentBytes }: Operation): boolean {
  if (connection.kind.transport !== 'pipe' || sentBytes === 0) return false;
  return (connection.transport._wire ?? connection.transport)._stdout?.writableNeedDrain !== true;
}

function finish(
  instrumentation: Instrumentation,
  operation: Operation,
  message: JsonRpcMessage,
  errorType: string,
): void {
  try {
    instrumentation.serialization.forget(message);
    const outcome = errorType === '' ? outcomeOfResponse(message) : outcomeOfFailure(errorType);
    instrumentation.recorder.finish(operation, outcome);
  } catch (error) {
    instrumentation.contain(error);
  }
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
  if (kind === undefined) return;
  const server = instrumentation.recorder.serverOf(connection);
  instrumentation.recorder.names.learn(kind, result[kind === 'tool' ? 'tools' : 'prompts'], server);
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
  const own = Object.getOwnPropertyDescriptor(transport, name);
  // A sealed transport still takes a new value for what it has.
  if (own?.configurable === false && own.writable === true) Reflect.set(transport, name, value);
  else Object.defineProperty(transport, name, { value, configurable: true, writable: true, enumerable: false });
}
