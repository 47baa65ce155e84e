import { operationById } from './handler-stamps.ts';
import type { Instrumentation } from './instrumentation.ts';
import type { Operation } from './operation.ts';
import { replaceOwn } from './replace-own.ts';
import { type AnyFunction, type McpServerLike, requestIdOf } from './sdk-shapes.ts';

/** Takes a stamp when a method of a high-level server is entered with these arguments. */
type Stamp = (server: McpServerLike, first: unknown, second: unknown, third: unknown) => void;

/**
 * Stamps the stages of a high-level server at the entry of its three methods. One stage ends where the next begins, so that
 * no promise of ours stands between them; a method an SDK version does not have is simply not stamped.
 */
export function patchMcpServer(instrumentation: Instrumentation, prototype: Record<string, unknown>): void {
  /** Results waiting for their output validation, where no asynchronous context tells the operation. */
  const executed = new WeakMap<object, Operation>();
  const stamp = (name: string, take: Stamp): void =>
    replaceOwn(prototype, name, (original) => stamping(instrumentation, original, take));

  stamp('validateToolInput', (_server, _tool, _args, name) => {
    const operation = instrumentation.dispatching ?? instrumentation.bridge.activeOperation();
    if (operation === undefined || operation.requestedName !== name || operation.executionFrom !== 0) return;
    operation.validationFrom = instrumentation.now();
  });

  stamp('handleAutomaticTaskPolling', (server, _tool, _request, extra) => {
    const operation = operationById(instrumentation, server.server, requestIdOf(extra));
    if (operation !== undefined) operation.executionFrom = instrumentation.now();
  });

  replaceOwn(
    prototype,
    'executeToolHandler',
    (original) =>
      function (this: unknown, tool: unknown, args: unknown, extra: unknown): unknown {
        const operation = operationById(instrumentation, (this as McpServerLike).server, requestIdOf(extra));
        if (operation === undefined) return original.call(this, tool, args, extra);
        operation.executionFrom = instrumentation.now();
        const result = original.call(this, tool, args, extra);
        const isValidated = (tool as { outputSchema?: unknown } | undefined)?.outputSchema !== undefined;
        if (isValidated && instrumentation.bridge.activeOperation() === undefined) {
          rememberResult(result, (value) => executed.set(value, operation));
        }
        return result;
      },
  );

  stamp('validateToolOutput', (_server, _tool, result, name) => {
    const operation = instrumentation.bridge.activeOperation() ?? executed.get(result as object);
    if (operation !== undefined && operation.requestedName === name) {
      operation.outputValidationFrom = instrumentation.now();
    }
  });
}

/** Takes the stamp, then calls the original with what it would have got. */
function stamping(instrumentation: Instrumentation, original: AnyFunction, take: Stamp): AnyFunction {
  return function (this: unknown, first: unknown, second: unknown, third: unknown): unknown {
    try {
      take(this as McpServerLike, first, second, third);
    } catch (error) {
      instrumentation.contain(error);
    }
    return original.call(this, first, second, third);
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
