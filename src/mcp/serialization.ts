import { monotonicNow } from '../core/clock.ts';
import type { Operation } from './operation.ts';
import type { JsonRpcMessage, TransportLike } from './sdk-shapes.ts';

type Stringify = typeof JSON.stringify;

/**
 * Measures how long the SDK takes to serialise a response, and how large it is.
 *
 * The SDK calls the global `JSON.stringify` somewhere below `transport.send`, at once or after waiting for an event store.
 * The wrapper compares one reference and passes everything on that is not a response of ours; what it returns, throws or
 * calls back is the original's.
 */
export class SerializationMeter {
  #message: unknown = undefined;
  #operation: Operation | undefined = undefined;
  /** Responses whose serialisation did not happen before `send` returned. */
  #late: WeakMap<object, Operation> = new WeakMap();
  #lateCount = 0;
  readonly #now: () => number;

  constructor(now: () => number = monotonicNow) {
    this.#now = now;
  }

  /** Replaces `holder.stringify`; the replacement has the same name and length. */
  install(holder: { stringify: Stringify } = JSON): void {
    const original = holder.stringify;
    const measure = (operation: Operation, args: unknown[]): unknown => this.#measure(operation, args, original);
    const operationOf = (value: unknown): Operation | undefined => this.#operationOf(value);
    const replacement = function stringify(this: unknown, ...args: unknown[]): unknown {
      const operation = operationOf(args[0]);
      if (operation === undefined) return Reflect.apply(original, this, args);
      return measure(operation, args);
    };
    Object.defineProperty(replacement, 'length', { value: original.length });
    holder.stringify = replacement as Stringify;
  }

  /** Calls `send` while `message` is watched for; keeps watching when it was not serialised by then. */
  watch(
    operation: Operation,
    message: JsonRpcMessage,
    send: TransportLike['send'],
    self: TransportLike,
    options: unknown,
  ): Promise<unknown> {
    const outerMessage = this.#message;
    const outerOperation = this.#operation;
    this.#message = message;
    this.#operation = operation;
    try {
      return send.call(self, message, options);
    } finally {
      this.#message = outerMessage;
      this.#operation = outerOperation;
      if (operation.sentBytes === 0) {
        this.#late.set(message, operation);
        this.#lateCount += 1;
      }
    }
  }

  /** Stops watching for a message that `watch` left open. */
  forget(message: object): void {
    if (this.#lateCount > 0 && this.#late.delete(message)) this.#lateCount -= 1;
  }

  #operationOf(value: unknown): Operation | undefined {
    if (this.#message !== undefined) {
      if (value === this.#message) return this.#operation;
      // JSON answers to a batch are serialised as one array: the response that completes it carries the cost.
      if (Array.isArray(value) && value.includes(this.#message)) return this.#operation;
    }
    if (this.#lateCount === 0 || typeof value !== 'object' || value === null) return undefined;
    return this.#late.get(value);
  }

  #measure(operation: Operation, args: unknown[], original: Stringify): unknown {
    const from = this.#now();
    const json: unknown = Reflect.apply(original, JSON, args);
    operation.serializationMs += this.#now() - from;
    if (typeof json === 'string') operation.sentBytes = Buffer.byteLength(json);
    return json;
  }
}
