import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';

/**
 * OpenTelemetry's context manager with a storage of its own, because one thing is needed that the API does not offer:
 * `enter` makes a context active for the rest of the current synchronous execution and all that follows from it, which is
 * how an HTTP request keeps the time of its arrival without a wrapper around its listeners.
 */
export class VitalsContextManager extends AsyncLocalStorageContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();

  override active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  override with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const call = thisArg === undefined ? fn : fn.bind(thisArg);
    return this.#storage.run(context, call as (...callArgs: A) => ReturnType<F>, ...args);
  }

  enter(context: Context): void {
    this.#storage.enterWith(context);
  }

  /** Hot path of `with`: no arguments to collect. */
  run<R>(context: Context, fn: () => R): R {
    return this.#storage.run(context, fn);
  }

  override disable(): this {
    this.#storage.disable();
    return this;
  }
}
