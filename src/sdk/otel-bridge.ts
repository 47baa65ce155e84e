import diagnosticsChannel from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { type Context, createContextKey, type TraceAPI } from '@opentelemetry/api';
import { W3CBaggagePropagator } from '@opentelemetry/core';
import type { ContextBridge, HttpArrival } from '../mcp/context-bridge.ts';
import type { Operation } from '../mcp/operation.ts';
import { notOursToSay, spanOfSameRequest } from './foreign-spans.ts';
import { OperationContext, operationIn, SPAN_KEY } from './operation-context.ts';
import { receivedContext } from './received-context.ts';

const ARRIVAL_KEY = createContextKey('mcp-vitals http arrival');
const REQUEST_START = 'http.server.request.start';

/** What the bridge needs of a context manager: our own, or the application's through its API. */
export interface ActiveContext {
  active(): Context;
  run<R>(context: Context, fn: () => R): R;
}

/** Where HTTP arrivals are kept: always our own manager, an application's has no way to enter a context. */
export interface EnteredContext {
  active(): Context;
  enter(context: Context): void;
}

export interface BridgeOptions {
  /** Whether baggage in messages is taken over, and the active one sent along. Default false: it may hold anything. */
  readonly baggage?: boolean;
  /** The context in which an operation is handled, default one with the operation as the active span. */
  readonly enter?: (received: Context, operation: Operation) => Context;
}

/** Makes operations the active span, so that spans of the tool's own code and of its libraries become their children. */
export function createOtelBridge(
  contexts: ActiveContext,
  arrivals: Pick<EnteredContext, 'active'>,
  trace: Pick<TraceAPI, 'getSpanContext' | 'getSpan'>,
  options: BridgeOptions = {},
): ContextBridge {
  const enter = options.enter ?? ((context, operation) => new OperationContext(context, operation));
  const baggage = options.baggage === true ? new W3CBaggagePropagator() : undefined;
  const received = receivedContext(contexts, options.baggage);
  return {
    run(operation, fn, self, message, extra) {
      return contexts.run(enter(received(message), operation), () => fn.call(self, message, extra));
    },
    activeOperation: () => operationIn(contexts.active()),
    activeArrival: () => arrivals.active().getValue(ARRIVAL_KEY) as HttpArrival | undefined,
    ambientSpanContext: () => trace.getSpanContext(contexts.active()) as Operation['parentSpanContext'],
    runSending: (operation, fn) => contexts.run(contexts.active().setValue(SPAN_KEY, operation), fn),
    takeOver(attributes) {
      const active = contexts.active();
      if (operationIn(active) !== undefined) trace.getSpan(active)?.setAttributes(notOursToSay(attributes));
      return true;
    },
    foreignSpan: ({ method, name }) => spanOfSameRequest(trace.getSpan(contexts.active()), method, name),
    baggage() {
      if (baggage === undefined) return undefined;
      let text: string | undefined;
      baggage.inject(contexts.active(), undefined, { set: (_carrier, _key, value) => (text = value) });
      return text;
    },
  };
}

/** Remembers in the context of every HTTP request when it arrived; Node publishes that before any listener runs. */
export function followHttpArrivals(contexts: EnteredContext, now: () => number): void {
  diagnosticsChannel.subscribe(REQUEST_START, (message) => {
    const { request } = message as { request: IncomingMessage };
    const { headers } = request;
    const arrival: HttpArrival = {
      receivedAt: now(),
      sdkEntryAt: 0,
      bytes: Number(headers['content-length'] ?? 0) || 0,
      traceparent: headers['traceparent'],
      tracestate: headers['tracestate'],
    };
    contexts.enter(contexts.active().setValue(ARRIVAL_KEY, arrival));
  });
}
