import { ERROR_TYPE_VALUE_CANCELLED, ERROR_TYPE_VALUE_TIMEOUT } from '../../semconv/attributes.ts';
import type { Instrumentation } from '../instrumentation.ts';
import { outcomeOfFailure } from '../outcome.ts';
import { replaceOwn } from '../replace-own.ts';
import type { AnyFunction, ProtocolLike } from '../sdk-shapes.ts';
import type { ClientOperation } from './client-operation.ts';

/**
 * Notices requests the SDK gives up: not every way of it sends `notifications/cancelled` (a modern server over HTTP just sees
 * the connection close). The SDK arms a timer for each request and clears it whatever becomes of it; a request that is open
 * when its timer is cleared will get no answer. Watching the promise of the request instead would count as handling it, and
 * hide a rejection nobody else handles.
 */
export function patchRequestTimeouts(instrumentation: Instrumentation, prototype: Record<string, unknown>): void {
  const openRequest = (protocol: unknown, id: unknown): ClientOperation | undefined => {
    const side = instrumentation.connectionOf((protocol as ProtocolLike)._transport)?.clientSide;
    return side?.pending.get(id as number);
  };
  const markTimedOut = (protocol: unknown, id: unknown): void => {
    const operation = openRequest(protocol, id);
    if (operation !== undefined) operation.timedOut = true;
  };

  replaceOwn(
    prototype,
    '_setupTimeout',
    (original) =>
      function (this: unknown, ...args: unknown[]): unknown {
        const [id] = args;
        const position = args.findIndex((arg) => typeof arg === 'function');
        const onTimeout = args[position] as AnyFunction | undefined;
        if (onTimeout !== undefined) {
          args[position] = (...rest: unknown[]): unknown => {
            instrumentation.guard(() => markTimedOut(this, id));
            return Reflect.apply(onTimeout, undefined, rest);
          };
        }
        return Reflect.apply(original, this, args);
      },
  );

  // Progress extends the time, up to a total; beyond that it throws.
  replaceOwn(
    prototype,
    '_resetTimeout',
    (original) =>
      function (this: unknown, ...args: unknown[]): unknown {
        try {
          return Reflect.apply(original, this, args);
        } catch (error) {
          instrumentation.guard(() => markTimedOut(this, args[0]));
          throw error;
        }
      },
  );

  replaceOwn(
    prototype,
    '_cleanupTimeout',
    (original) =>
      function (this: unknown, ...args: unknown[]): unknown {
        const operation = instrumentation.guard(() => openRequest(this, args[0]));
        // A cancellation notice that follows at once knows the reason better.
        if (operation !== undefined) queueMicrotask(() => giveUp(instrumentation, operation));
        return Reflect.apply(original, this, args);
      },
  );
}

function giveUp(instrumentation: Instrumentation, operation: ClientOperation): void {
  if (operation.finished) return;
  const errorType = operation.timedOut ? ERROR_TYPE_VALUE_TIMEOUT : ERROR_TYPE_VALUE_CANCELLED;
  operation.connection.clientSide?.forget(operation);
  instrumentation.guard(() => instrumentation.clients.finish(operation, outcomeOfFailure(errorType)));
}
