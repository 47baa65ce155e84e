import diagnosticsChannel from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { type Context, createContextKey, type TraceAPI } from '@opentelemetry/api';
import type { ContextBridge, HttpArrival } from '../mcp/context-bridge.ts';
import type { Operation } from '../mcp/operation.ts';
import { OperationContext, operationIn } from './operation-context.ts';

const ARRIVAL_KEY = createContextKey('mcp-vitals http arrival');
const REQUEST_START = 'http.server.request.start';

/** What the bridge needs of a context manager: our own, or the application's through its API. */
export interface ActiveContext {
  active(): Context;
  run<R>(context: Context, fn: () => R): R;
  /** Missing when the context manager is not ours: HTTP arrival times are then unknown. */
  enter?(context: Context): void;
}

/** Makes operations the active span, so that spans of the tool's own code and of its libraries become their children. */
export function createOtelBridge(contexts: ActiveContext, trace: Pick<TraceAPI, 'getSpanContext'>): ContextBridge {
  return {
    run(operation, fn, self, message, extra) {
      return contexts.run(new OperationContext(contexts.active(), operation), () => fn.call(self, message, extra));
    },
    activeOperation: () => operationIn(contexts.active()),
    activeArrival: () => contexts.active().getValue(ARRIVAL_KEY) as HttpArrival | undefined,
    ambientSpanContext: () => trace.getSpanContext(contexts.active()) as Operation['parentSpanContext'],
  };
}

/** Remembers in the context of every HTTP request when it arrived; Node publishes that before any listener runs. */
export function followHttpArrivals(contexts: ActiveContext, now: () => number): void {
  if (contexts.enter === undefined) return;
  const enter = contexts.enter.bind(contexts);
  diagnosticsChannel.subscribe(REQUEST_START, (message) => {
    const { request } = message as { request: IncomingMessage };
    const { socket } = request;
    const arrival: HttpArrival = {
      receivedAt: now(),
      sdkEntryAt: 0,
      bytes: Number(request.headers['content-length'] ?? 0) || 0,
      remoteAddress: socket?.remoteAddress,
      remotePort: socket?.remotePort,
    };
    enter(contexts.active().setValue(ARRIVAL_KEY, arrival));
  });
}
