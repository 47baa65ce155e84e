import { ERROR_TYPE_VALUE_CONNECTION_CLOSED, ERROR_TYPE_VALUE_OTHER } from '../semconv/attributes.ts';
import { beginOperation } from './begin.ts';
import { takeAnswer } from './client/answers.ts';
import { patchRequestTimeouts } from './client/request-timeouts.ts';
import type { Connection } from './connection.ts';
import { isStamped, stampStoredHandler, stampUserHandler, whenSettled } from './handler-stamps.ts';
import type { Instrumentation } from './instrumentation.ts';
import { dispatchNotification } from './notifications.ts';
import type { Operation } from './operation.ts';
import { errorTypeOf, outcomeOfFailure, outcomeOfResponse } from './outcome.ts';
import { replaceOwn } from './replace-own.ts';
import type { AnyFunction, JsonRpcMessage, ProtocolLike } from './sdk-shapes.ts';

type Prototype = Record<string, unknown>;

/** Patches a protocol prototype, or that of a subclass which overrides parts of it. */
export function patchProtocol(instrumentation: Instrumentation, prototype: Prototype): void {
  replaceOwn(prototype, '_onrequest', (original) => dispatchRequest(instrumentation, original));
  replaceOwn(prototype, '_onnotification', (original) => dispatchNotification(instrumentation, original));
  replaceOwn(prototype, '_onresponse', (original) => passResponse(instrumentation, original));
  replaceOwn(prototype, '_onerror', (original) => reportError(instrumentation, original));
  replaceOwn(prototype, '_onclose', (original) => closeConnection(instrumentation, original));
  replaceOwn(prototype, '_enqueueTaskMessage', (original) => enqueueTaskMessage(instrumentation, original));
  replaceOwn(prototype, 'setRequestHandler', (original) => registerHandler(instrumentation, original));
  patchRequestTimeouts(instrumentation, prototype);
}

function dispatchRequest(instrumentation: Instrumentation, original: AnyFunction): AnyFunction {
  return function (this: unknown, message: unknown, extra: unknown): unknown {
    const protocol = this as ProtocolLike;
    let operation: Operation | undefined;
    try {
      operation = openRequest(instrumentation, protocol, message as JsonRpcMessage, extra);
    } catch (error) {
      instrumentation.contain(error);
    }
    if (operation === undefined) return original.call(this, message, extra);
    const result = instrumentation.bridge.run(operation, original, protocol, message, extra);
    operation.routedAt = instrumentation.receipts.advance();
    return result;
  };
}

function openRequest(
  instrumentation: Instrumentation,
  protocol: ProtocolLike,
  request: JsonRpcMessage,
  extra: unknown,
): Operation | undefined {
  const connection = instrumentation.connectionOf(protocol._transport);
  if (connection === undefined || request.id === undefined) return undefined;
  stampHandlerOf(instrumentation, protocol, request.method);
  const operation = beginOperation(instrumentation, connection, request, extra);
  connection.track(operation, request.id);
  return operation;
}

/** Makes sure that the handler this request will reach stamps its begin; handlers may be replaced at any time. */
function stampHandlerOf(instrumentation: Instrumentation, protocol: ProtocolLike, method: string | undefined): void {
  const handlers = protocol._requestHandlers;
  if (handlers === undefined || method === undefined) return;
  const stored = handlers.get(method);
  if (stored !== undefined) {
    if (!isStamped(stored)) handlers.set(method, stampStoredHandler(instrumentation, protocol, stored));
    return;
  }
  const fallback = protocol.fallbackRequestHandler;
  if (typeof fallback !== 'function' || isStamped(fallback)) return;
  const stamped = stampUserHandler(instrumentation, protocol, fallback);
  protocol.fallbackRequestHandler = stampStoredHandler(instrumentation, protocol, stamped);
}

function passResponse(instrumentation: Instrumentation, original: AnyFunction): AnyFunction {
  return function (this: unknown, ...args: unknown[]): unknown {
    const connection = instrumentation.connectionOf((this as ProtocolLike)._transport);
    if (connection !== undefined) instrumentation.guard(() => takeAnswer(instrumentation, connection, args[0]));
    const result = Reflect.apply(original, this, args);
    instrumentation.receipts.advance();
    return result;
  };
}

/**
 * Where the SDK fails to answer (a handler that throws `undefined`, say), `_onerror` is all that hears of it. It drops the
 * abort controller of a request when it is done with it, shortly after: what is then open without one stays unanswered.
 */
function reportError(instrumentation: Instrumentation, original: AnyFunction): AnyFunction {
  return function (this: unknown, ...args: unknown[]): unknown {
    const protocol = this as ProtocolLike;
    const connection = instrumentation.connectionOf(protocol._transport);
    if (connection?.isBusy === true) {
      const check = (): void => void instrumentation.guard(() => endUnanswered(instrumentation, protocol, connection));
      queueMicrotask(() => queueMicrotask(() => queueMicrotask(check)));
    }
    return Reflect.apply(original, this, args);
  };
}

function endUnanswered(instrumentation: Instrumentation, protocol: ProtocolLike, connection: Connection): void {
  const controllers = protocol._requestHandlerAbortControllers;
  if (controllers === undefined) return;
  for (const id of connection.openIds()) {
    if (controllers.has(id)) continue;
    const outcome = outcomeOfFailure(ERROR_TYPE_VALUE_OTHER);
    for (let operation = connection.settle(id); operation !== undefined; operation = connection.settle(id)) {
      instrumentation.recorder.finish(operation, outcome);
    }
  }
}

function closeConnection(instrumentation: Instrumentation, original: AnyFunction): AnyFunction {
  return function (this: unknown, ...args: unknown[]): unknown {
    const connection = instrumentation.connectionOf((this as ProtocolLike)._transport);
    try {
      return Reflect.apply(original, this, args);
    } finally {
      if (connection !== undefined) {
        const outcome = outcomeOfFailure(ERROR_TYPE_VALUE_CONNECTION_CLOSED);
        instrumentation.guard(() => instrumentation.recorder.close(connection, outcome, ''));
        instrumentation.guard(() => instrumentation.clients.close(connection, outcome));
        instrumentation.forget(connection);
      }
    }
  };
}

/** The answer to a task-related request is queued for a later `tasks/result`; for this operation that is its end. */
function enqueueTaskMessage(instrumentation: Instrumentation, original: AnyFunction): AnyFunction {
  return function (this: unknown, ...args: unknown[]): unknown {
    const queued = args[1] as { message?: JsonRpcMessage } | undefined;
    const message = queued?.message;
    const connection = instrumentation.connectionOf((this as ProtocolLike)._transport);
    const answers = message?.id !== undefined && message.method === undefined;
    const operation = answers && message.id !== undefined ? connection?.settle(message.id) : undefined;
    if (operation === undefined || message === undefined) return Reflect.apply(original, this, args);
    operation.sendFrom = instrumentation.now();
    const result = Reflect.apply(original, this, args);
    const finish = (error?: unknown): void => {
      const outcome = error === undefined ? outcomeOfResponse(message) : outcomeOfFailure(errorTypeOf(error));
      instrumentation.guard(() => instrumentation.recorder.finish(operation, outcome));
    };
    if (!whenSettled(result, finish)) finish();
    return result;
  };
}

/** `Server.setRequestHandler` wraps the user's handler and calls `Protocol.setRequestHandler`: only the outermost call sees it. */
function registerHandler(instrumentation: Instrumentation, original: AnyFunction): AnyFunction {
  return function (this: unknown, ...args: unknown[]): unknown {
    if (instrumentation.registering) return Reflect.apply(original, this, args);
    const position = args.findLastIndex((arg) => typeof arg === 'function');
    if (position > 0) {
      args[position] = stampUserHandler(instrumentation, this as ProtocolLike, args[position] as AnyFunction);
    }
    instrumentation.registering = true;
    try {
      return Reflect.apply(original, this, args);
    } finally {
      instrumentation.registering = false;
    }
  };
}
