import type { Instrumentation } from './instrumentation.ts';
import type { Operation } from './operation.ts';
import {
  type AnyFunction,
  type JsonRpcMessage,
  type ProtocolLike,
  type RegisteredLike,
  requestIdOf,
} from './sdk-shapes.ts';

/** Marks functions of ours, so that nothing is wrapped twice. */
const STAMPED: unique symbol = Symbol('mcp-vitals.stamped');
type Stampable = AnyFunction & { [STAMPED]?: true };

export function isStamped(fn: AnyFunction): boolean {
  return (fn as Stampable)[STAMPED] === true;
}

export function markStamped<Fn extends AnyFunction>(fn: Fn): Fn {
  (fn as Stampable)[STAMPED] = true;
  return fn;
}

/**
 * Calls `settled` when a promise settles, without replacing the promise. Only for promises of the language itself: other
 * thenables (query builders, lazy promises) may start their work when `then` is called, and must not be touched.
 */
export function whenSettled(result: unknown, settled: (error?: unknown) => void): boolean {
  if (!(result instanceof Promise) || Object.getPrototypeOf(result) !== Promise.prototype) return false;
  result.then(
    () => settled(),
    (error: unknown) => settled(error ?? true),
  );
  return true;
}

/** The open operation of a request on the transport its protocol object has now. */
export function operationById(
  instrumentation: Instrumentation,
  protocol: ProtocolLike,
  id: string | number | undefined,
): Operation | undefined {
  if (id === undefined) return undefined;
  return instrumentation.connectionOf(protocol._transport)?.operation(id);
}

/** Stamps where the SDK's stored handler (schema validation, then the user's handler) begins. */
export function stampStoredHandler(
  instrumentation: Instrumentation,
  protocol: ProtocolLike,
  stored: AnyFunction,
): AnyFunction {
  return markStamped(function (this: unknown, request: unknown, extra: unknown): unknown {
    const id = (request as JsonRpcMessage | undefined)?.id ?? requestIdOf(extra);
    const operation = operationById(instrumentation, protocol, id);
    if (operation === undefined) return stored.call(this, request, extra);
    if (operation.handlerFrom === 0) {
      operation.handlerFrom = instrumentation.now();
      instrumentation.recorder.queued -= 1;
    }
    const outer = instrumentation.dispatching;
    instrumentation.dispatching = operation;
    try {
      return stored.call(this, request, extra);
    } finally {
      instrumentation.dispatching = outer;
    }
  });
}

/**
 * Stamps where the handler given to `setRequestHandler` begins and ends. When it is the one of a high-level server, that
 * server's own validation and execution stamp themselves; any other handler is execution from its first to its last moment.
 */
export function stampUserHandler(
  instrumentation: Instrumentation,
  protocol: ProtocolLike,
  handler: AnyFunction,
): AnyFunction {
  return markStamped(function (this: unknown, ...args: unknown[]): unknown {
    const operation = instrumentation.dispatching ?? operationById(instrumentation, protocol, requestIdOf(args[1]));
    if (operation === undefined || operation.userHandlerFrom !== 0) return Reflect.apply(handler, this, args);
    operation.userHandlerFrom = instrumentation.now();
    try {
      stampRegistered(instrumentation, protocol, operation);
    } catch (error) {
      instrumentation.contain(error);
    }
    let result: unknown;
    try {
      result = Reflect.apply(handler, this, args);
    } catch (error) {
      if (operation.executionFrom === 0) operation.executionFrom = operation.userHandlerFrom;
      operation.executionTo = instrumentation.now();
      throw error;
    }
    if (operation.validationFrom === 0 && operation.executionFrom === 0) {
      operation.executionFrom = operation.userHandlerFrom;
      stampEnd(instrumentation, operation, result);
    }
    return result;
  });
}

/** Stamps the end of execution: now, or when the promise of the language that was returned settles. */
function stampEnd(instrumentation: Instrumentation, operation: Operation, result: unknown): void {
  const settled = (): void => {
    if (operation.executionTo === 0) operation.executionTo = instrumentation.now();
  };
  if (!whenSettled(result, settled) && !mayBeThenable(result)) settled();
}

/** Asks without reading `then`: it may be a getter that answers differently, or works, each time it is read. */
function mayBeThenable(result: unknown): boolean {
  if (result === null || (typeof result !== 'object' && typeof result !== 'function')) return false;
  try {
    return 'then' in result;
  } catch {
    return true;
  }
}

/**
 * SDKs before 1.24, and all 1.x for prompts, validate inside the handler and then call the user's function from the
 * registry: it is stamped there, in place, the first time it is addressed.
 */
function stampRegistered(instrumentation: Instrumentation, protocol: ProtocolLike, operation: Operation): void {
  const name = operation.requestedName;
  if (name === undefined) return;
  const server = instrumentation.recorder.serverOf(operation.connection);
  if (server === undefined) return;
  const registry = operation.method === 'tools/call' ? server._registeredTools : server._registeredPrompts;
  if (registry === undefined || !Object.hasOwn(registry, name)) return;
  const entry = registry[name] as RegisteredLike;
  const { callback } = entry;
  if (typeof callback !== 'function' || isStamped(callback)) return;
  entry.callback = markStamped(function (this: unknown, ...args: unknown[]): unknown {
    const current =
      operationById(instrumentation, protocol, requestIdOf(args[args.length - 1])) ??
      instrumentation.bridge.activeOperation();
    if (current !== undefined && current.validationFrom === 0) {
      current.validationFrom = current.userHandlerFrom;
      current.executionFrom = instrumentation.now();
      current.executionTo = 0;
    }
    const result = Reflect.apply(callback, this, args);
    if (current !== undefined) stampEnd(instrumentation, current, result);
    return result;
  });
}
