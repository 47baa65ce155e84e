import { type Context, createContextKey } from '@opentelemetry/api';
import type { Operation } from '../mcp/operation.ts';

/** The API keeps its key private but makes it with `createContextKey`, which is a registered symbol by name. */
export const SPAN_KEY: symbol = createContextKey('OpenTelemetry Context Key SPAN');
const OPERATION_KEY = createContextKey('mcp-vitals operation');

/**
 * A context whose active span is an operation. Two keys in one object: deriving it copies no map, which the general
 * implementation does for each key.
 */
export class OperationContext implements Context {
  readonly #parent: Context;
  readonly #operation: Operation;

  constructor(parent: Context, operation: Operation) {
    this.#parent = parent;
    this.#operation = operation;
  }

  getValue(key: symbol): unknown {
    return key === SPAN_KEY || key === OPERATION_KEY ? this.#operation : this.#parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#plain().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#plain().deleteValue(key);
  }

  #plain(): Context {
    return this.#parent.setValue(SPAN_KEY, this.#operation).setValue(OPERATION_KEY, this.#operation);
  }
}

/** A context in which `operation` is the current one, beside whatever span is active in it. */
export function withOperation(context: Context, operation: Operation): Context {
  return context.setValue(OPERATION_KEY, operation);
}

/** The operation in whose context we are, also below child spans. */
export function operationIn(context: Context): Operation | undefined {
  return context.getValue(OPERATION_KEY) as Operation | undefined;
}
