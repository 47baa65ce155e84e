import { type Context, createContextKey } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import type { ReadableSpan, Span } from '@opentelemetry/sdk-trace';
import { type CallPlace, type CallReporter, isAbort, type OpenCall } from '../components/time/call-reporter.ts';
import type { Classified } from '../components/time/classify-http.ts';
import { classifySpan, isConnecting } from '../components/time/classify-span.ts';
import type { ComponentRegistry } from '../components/time/component-registry.ts';
import { isHandshake } from '../components/time/connecting.ts';
import { CallLog, type CallSource, type ComponentRef } from '../core/call-log.ts';
import type { ComponentTracker } from '../core/model/timing.ts';
import type { Operation } from '../mcp/operation.ts';
import { SPAN_STATUS_ERROR } from '../mcp/span-types.ts';
import { operationIn, SPAN_KEY } from './operation-context.ts';
import type { ActiveContext } from './otel-bridge.ts';

const CALL_KEY = createContextKey('mcp-vitals component call');

export interface TrackerOptions {
  readonly registry: ComponentRegistry;
  readonly contexts: ActiveContext;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Runs our own code; a failure is counted, never thrown. */
  readonly guard: <Result>(fn: () => Result) => Result | undefined;
  /** Starts the span of a call that code tracks, and answers its context and how to end it; `undefined` when it is not exported. */
  readonly startSpan?: (component: ComponentRef, operation: string, parent: Context) => TrackedSpan | undefined;
}

export interface TrackedSpan {
  readonly context: Context;
  end(error: unknown): void;
}

/**
 * Files component calls with the operation in whose context they are made.
 *
 * The outermost call wins: what is called inside of a call is part of that call, whoever reports it. Two reports of the same
 * call side by side, by a channel and by a span, overlap, and an overlap counts once.
 */
export class OperationTracker implements CallReporter, ComponentTracker {
  readonly #options: TrackerOptions;
  readonly #spans = new WeakMap<object, OpenCall>();
  #stopped = false;

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  /** From now on nothing is filed. */
  stop(): void {
    this.#stopped = true;
  }

  begin(classified: Classified, source: CallSource, calls = 1, place?: CallPlace): OpenCall | undefined {
    const { guard, contexts } = this.#options;
    const context = (): Context => (place as Context | undefined) ?? contexts.active();
    return guard(() => this.#beginIn(context(), () => this.#known(classified), source, calls));
  }

  place(): CallPlace {
    return this.#options.contexts.active();
  }

  beginStage(name: string): (() => void) | undefined {
    const call = this.#beginOwn(name);
    return call === undefined ? undefined : () => call.end(false);
  }

  track<Result>(component: string, operation: string, fn: () => Result): Result {
    const { contexts, registry, startSpan, guard } = this.#options;
    const begun = guard(() => {
      const context = contexts.active();
      const call = this.#beginIn(context, () => registry.written(component), 'code');
      if (call === undefined) return undefined;
      const span = startSpan?.(call.call.component, operation, context);
      return { call, span, context: (span?.context ?? context).setValue(CALL_KEY, call) };
    });
    if (begun === undefined) return fn();
    return settle(
      () => contexts.run(begun.context, fn),
      (error) =>
        void guard(() => {
          begun.call.end(error !== undefined && !isAbort(error));
          begun.span?.end(error);
        }),
    );
  }

  stage<Result>(name: string, fn: () => Result): Result {
    const call = this.#beginOwn(name);
    return call === undefined ? fn() : settle(fn, (error) => call.end(error !== undefined && !isAbort(error)));
  }

  spanStarted(span: object, parent: object): void {
    const { kind, attributes } = span as Span;
    this.#options.guard(() => {
      const classified = classifySpan(kind, attributes);
      if (classified === undefined) return;
      if (isHandshake(classified)) return;
      const isStore = classified.kind === 'database' || classified.kind === 'cache';
      const calls = isStore && isConnecting((span as Span).name) ? 0 : 1;
      const call = this.#beginIn(parent as Context, () => this.#known(classified), 'span', calls);
      if (call !== undefined) this.#spans.set(span, call);
    });
  }

  spanEnded(span: object): void {
    this.#options.guard(() => this.#spans.get(span)?.end((span as ReadableSpan).status.code === SPAN_STATUS_ERROR));
  }

  #beginOwn(name: string): OpenCall | undefined {
    const { guard, contexts, registry } = this.#options;
    return guard(() => this.#beginIn(contexts.active(), () => registry.component('custom', name), 'code'));
  }

  #known({ kind, name }: Classified): ComponentRef {
    return this.#options.registry.component(kind, name);
  }

  #beginIn(context: Context, component: () => ComponentRef, source: CallSource, count = 1): OpenCall | undefined {
    const operation = operationIn(context);
    if (operation === undefined || operation.finished || this.#stopped) return undefined;
    if (this.#isInside(context, operation) || isTracingSuppressed(context)) return undefined;
    const { now } = this.#options;
    operation.calls ??= new CallLog();
    const { calls } = operation;
    const call = calls.begin(component(), source, now(), count);
    if (call === undefined) return undefined;
    return { call, end: (failed) => calls.end(call, now(), failed) };
  }

  /** Whether the context is that of a call which has not ended. */
  #isInside(context: Context, operation: Operation): boolean {
    const tracked = context.getValue(CALL_KEY) as OpenCall | undefined;
    if (tracked !== undefined && isOpen(tracked)) return true;
    const span = context.getValue(SPAN_KEY) as object | undefined;
    if (span === undefined || span === operation) return false;
    const reported = this.#spans.get(span);
    return reported !== undefined && isOpen(reported);
  }
}

function isOpen({ call }: OpenCall): boolean {
  return call.to === Number.POSITIVE_INFINITY;
}

/** Calls `fn` and says when it is over and how; a promise of the language is answered by one that settles alike. */
function settle<Result>(fn: () => Result, over: (error?: unknown) => void): Result {
  let result: Result;
  try {
    result = fn();
  } catch (error) {
    over(error ?? true);
    throw error;
  }
  if (!(result instanceof Promise) || Object.getPrototypeOf(result) !== Promise.prototype) {
    over();
    return result;
  }
  // The promise handed out is the one derived here: were it the original, a rejection nobody handles would go unnoticed.
  return result.then(
    (value) => {
      over();
      return value;
    },
    (error: unknown) => {
      over(error ?? true);
      throw error;
    },
  ) as Result;
}
