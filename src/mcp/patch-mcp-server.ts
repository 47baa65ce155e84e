import { operationById } from './handler-stamps.ts';
import type { Instrumentation } from './instrumentation.ts';
import type { Operation } from './operation.ts';
import { replaceOwn } from './patch-protocol.ts';
import { type AnyFunction, type McpServerLike, requestIdOf } from './sdk-shapes.ts';

/**
 * Stamps the stages of a high-level server at the entry of its three methods. One stage ends where the next begins, so that
 * no promise of ours stands between them; a method an SDK version does not have is simply not stamped.
 */
export function patchMcpServer(instrumentation: Instrumentation, prototype: Record<string, unknown>): void {
  /** Results waiting for their output validation, where no asynchronous context tells the operation. */
  const executed = new WeakMap<object, Operation>();

  replaceOwn(prototype, 'validateToolInput', (original) =>
    stamping(
      original,
      (_server, args) => {
        const operation = instrumentation.dispatching ?? instrumentation.bridge.activeOperation();
        if (operation === undefined || operation.requestedName !== args[2] || operation.executionFrom !== 0) return;
        operation.validationFrom = instrumentation.now();
      },
      instrumentation,
    ),
  );

  replaceOwn(
    prototype,
    'executeToolHandler',
    (original) =>
      function (this: unknown, ...args: unknown[]): unknown {
        const operation = instrumentation.guard(() =>
          operationById(instrumentation, (this as McpServerLike).server, requestIdOf(args[2])),
        );
        if (operation !== undefined) operation.executionFrom = instrumentation.now();
        const result = Reflect.apply(original, this, args);
        const validated = (args[0] as { outputSchema?: unknown } | undefined)?.outputSchema !== undefined;
        if (operation !== undefined && validated && instrumentation.bridge.activeOperation() === undefined) {
          rememberResult(result, (value) => executed.set(value, operation));
        }
        return result;
      },
  );

  replaceOwn(prototype, 'validateToolOutput', (original) =>
    stamping(
      original,
      (_server, args) => {
        const operation = instrumentation.bridge.activeOperation() ?? executed.get(args[1] as object);
        if (operation !== undefined && operation.requestedName === args[2])
          operation.outputValidationFrom = instrumentation.now();
      },
      instrumentation,
    ),
  );

  replaceOwn(prototype, 'handleAutomaticTaskPolling', (original) =>
    stamping(
      original,
      (server, args) => {
        const operation = operationById(instrumentation, server.server, requestIdOf(args[2]));
        if (operation !== undefined) operation.executionFrom = instrumentation.now();
      },
      instrumentation,
    ),
  );
}

/** Calls `stamp` on entry, then the original with what it would have got. */
function stamping(
  original: AnyFunction,
  stamp: (server: McpServerLike, args: unknown[]) => void,
  instrumentation: Instrumentation,
): AnyFunction {
  return function (this: unknown, ...args: unknown[]): unknown {
    instrumentation.guard(() => stamp(this as McpServerLike, args));
    return Reflect.apply(original, this, args);
  };
}

/** SDK methods are async functions, so their result is a promise of the language; a rejection is the SDK's to handle. */
function rememberResult(result: unknown, remember: (value: object) => void): void {
  if (!(result instanceof Promise)) return;
  result.then(
    (value: unknown) => {
      if (typeof value === 'object' && value !== null) remember(value);
    },
    () => {},
  );
}
