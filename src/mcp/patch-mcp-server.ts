import { operationById } from './handler-stamps.ts';
import type { Instrumentation } from './instrumentation.ts';
import type { Operation } from './operation.ts';
import { replaceOwn } from './replace-own.ts';
import { type McpServerLike, requestIdOf } from './sdk-shapes.ts';

/**
 * Stamps the stages of a high-level server at the entry of its methods. One stage ends where the next begins, so that no promise
 * of ours stands between them; a method an SDK version does not have is simply not stamped.
 *
 * Each method has a wrapper of its own, written out: one shared by all of them would call whatever it is given, and the compiler
 * could not see through it.
 */
export function patchMcpServer(instrumentation: Instrumentation, prototype: Record<string, unknown>): void {
  /** Results waiting for their output validation, where no asynchronous context tells the operation. */
  const executed = new WeakMap<object, Operation>();

  replaceOwn(
    prototype,
    'validateToolInput',
    (original) =>
      function (this: unknown, tool: unknown, args: unknown, name: unknown): unknown {
        try {
          stampValidation(instrumentation, name);
        } catch (error) {
          instrumentation.contain(error);
        }
        return original.call(this, tool, args, name);
      },
  );

  replaceOwn(
    prototype,
    'handleAutomaticTaskPolling',
    (original) =>
      function (this: unknown, tool: unknown, request: unknown, extra: unknown): unknown {
        enterExecution(instrumentation, this, extra);
        return original.call(this, tool, request, extra);
      },
  );

  replaceOwn(
    prototype,
    'executeToolHandler',
    (original) =>
      function (this: unknown, tool: unknown, args: unknown, extra: unknown): unknown {
        const operation = enterExecution(instrumentation, this, extra);
        if (operation === undefined) return original.call(this, tool, args, extra);
        const result = original.call(this, tool, args, extra);
        const isValidated = (tool as { outputSchema?: unknown } | undefined)?.outputSchema !== undefined;
        if (isValidated && instrumentation.bridge.activeOperation() === undefined) {
          rememberResult(result, (value) => executed.set(value, operation));
        }
        return result;
      },
  );

  replaceOwn(
    prototype,
    'validateToolOutput',
    (original) =>
      function (this: unknown, tool: unknown, result: unknown, name: unknown): unknown {
        try {
          const operation = instrumentation.bridge.activeOperation() ?? executed.get(result as object);
          if (operation !== undefined && operation.requestedName === name) {
            operation.outputValidationFrom = instrumentation.now();
          }
        } catch (error) {
          instrumentation.contain(error);
        }
        return original.call(this, tool, result, name);
      },
  );
}

function stampValidation(instrumentation: Instrumentation, name: unknown): void {
  const { dispatching } = instrumentation;
  const operation = dispatching ?? instrumentation.bridge.activeOperation();
  if (operation === undefined || operation.requestedName !== name || operation.executionFrom !== 0) return;
  // In the same stretch of synchronous code nothing but looking the tool up lies before it: no need to ask the clock again.
  operation.validationFrom = (dispatching === undefined ? 0 : operation.userHandlerFrom) || instrumentation.now();
}

/** Execution begins of the operation that `extra` names, which is answered. */
function enterExecution(instrumentation: Instrumentation, server: unknown, extra: unknown): Operation | undefined {
  try {
    const operation = operationById(instrumentation, (server as McpServerLike).server, requestIdOf(extra));
    if (operation !== undefined) operation.executionFrom = instrumentation.now();
    return operation;
  } catch (error) {
    instrumentation.contain(error);
    return undefined;
  }
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
