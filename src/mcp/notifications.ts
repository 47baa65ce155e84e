import { ERROR_TYPE_VALUE_CANCELLED, ERROR_TYPE_VALUE_TIMEOUT } from '../semconv/attributes.ts';
import { beginOperation } from './begin.ts';
import { takeAcknowledgement } from './client/answers.ts';
import type { Connection } from './connection.ts';
import { isStamped, markStamped, whenSettled } from './handler-stamps.ts';
import type { Instrumentation } from './instrumentation.ts';
import { type Operation, OUTCOME_OK } from './operation.ts';
import { errorTypeOf, outcomeOfFailure } from './outcome.ts';
import type { AnyFunction, JsonRpcMessage, ProtocolLike } from './sdk-shapes.ts';

const CANCELLED = 'notifications/cancelled';

/**
 * Measures received notifications. The SDK calls their handler one microtask after dispatch and tells nobody when it is
 * done, so the operation waits on the connection until its handler takes it.
 */
export function dispatchNotification(instrumentation: Instrumentation, original: AnyFunction): AnyFunction {
  return function (this: unknown, message: unknown, extra: unknown): unknown {
    const protocol = this as ProtocolLike;
    const connection = instrumentation.connectionOf(protocol._transport);
    if (connection === undefined || instrumentation.notifying === message) return original.call(this, message, extra);
    const notification = message as JsonRpcMessage;
    const operation = instrumentation.guard(() => {
      stampNotificationHandler(instrumentation, protocol, notification.method ?? '');
      const begun = beginOperation(instrumentation, connection, notification, extra);
      connection.notifications.push(begun);
      takeAcknowledgement(instrumentation, connection, notification);
      return begun;
    });
    if (operation === undefined) return original.call(this, message, extra);
    const outer = instrumentation.notifying;
    instrumentation.notifying = message;
    try {
      return instrumentation.bridge.run(operation, original, protocol, message, extra);
    } finally {
      instrumentation.notifying = outer;
      operation.routedAt = instrumentation.receipts.advance();
      endUnhandled(instrumentation, connection, operation);
    }
  };
}

/** Ends a notification that no handler took: the microtask of its handler would have run before this one. */
function endUnhandled(instrumentation: Instrumentation, connection: Connection, operation: Operation): void {
  const check = (): void => {
    if (operation.handlerFrom !== 0) return;
    const position = connection.notifications.indexOf(operation);
    if (position >= 0) connection.notifications.splice(position, 1);
    instrumentation.guard(() => instrumentation.recorder.finish(operation, OUTCOME_OK, operation.dispatchedAt));
  };
  queueMicrotask(() => queueMicrotask(() => queueMicrotask(check)));
}

function stampNotificationHandler(instrumentation: Instrumentation, protocol: ProtocolLike, method: string): void {
  const stored = protocol._notificationHandlers?.get(method);
  if (stored !== undefined) {
    if (!isStamped(stored))
      protocol._notificationHandlers?.set(method, stamp(instrumentation, protocol, method, stored));
    return;
  }
  const fallback = protocol.fallbackNotificationHandler;
  if (typeof fallback !== 'function' || isStamped(fallback)) return;
  protocol.fallbackNotificationHandler = stamp(instrumentation, protocol, undefined, fallback);
}

function stamp(
  instrumentation: Instrumentation,
  protocol: ProtocolLike,
  method: string | undefined,
  handler: AnyFunction,
): AnyFunction {
  return markStamped(function (this: unknown, ...args: unknown[]): unknown {
    const connection = instrumentation.connectionOf(protocol._transport);
    const operation = connection === undefined ? undefined : take(connection, method);
    if (connection === undefined || operation === undefined) return Reflect.apply(handler, this, args);
    const now = instrumentation.now();
    operation.handlerFrom = now;
    operation.userHandlerFrom = now;
    operation.executionFrom = now;
    const finish = (error?: unknown): void => {
      const outcome = error === undefined ? OUTCOME_OK : outcomeOfFailure(errorTypeOf(error));
      instrumentation.guard(() => instrumentation.recorder.finish(operation, outcome));
    };
    const params = (args[0] as JsonRpcMessage | undefined)?.params;
    const cancelled =
      method === CANCELLED ? protocol._requestHandlerAbortControllers?.get(params?.['requestId'] as string) : undefined;
    let result: unknown;
    try {
      result = Reflect.apply(handler, this, args);
    } catch (error) {
      finish(error);
      throw error;
    }
    if (!whenSettled(result, finish)) finish();
    if (cancelled?.signal.aborted === true) cancel(instrumentation, connection, params);
    return result;
  });
}

/** Takes the oldest waiting notification of a method (of any method for the fallback handler). */
function take(connection: Connection, method: string | undefined): Operation | undefined {
  const position = connection.notifications.findIndex((waiting) => method === undefined || waiting.method === method);
  return position < 0 ? undefined : connection.notifications.splice(position, 1)[0];
}

/** A cancelled request is never answered: its operation ends here. A client that timed out says so in the reason. */
function cancel(
  instrumentation: Instrumentation,
  connection: Connection,
  params: Record<string, unknown> | undefined,
): void {
  const operation = connection.settle(params?.['requestId'] as string | number);
  if (operation === undefined) return;
  const reason = params?.['reason'];
  const timedOut = typeof reason === 'string' && /time(d )?[- ]?out/i.test(reason);
  const outcome = outcomeOfFailure(timedOut ? ERROR_TYPE_VALUE_TIMEOUT : ERROR_TYPE_VALUE_CANCELLED);
  instrumentation.guard(() => instrumentation.recorder.finish(operation, outcome));
}
