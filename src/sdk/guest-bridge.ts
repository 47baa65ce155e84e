import type { ContextBridge } from '../mcp/context-bridge.ts';
import type { GlobalProviders } from './globals.ts';
import type { GuestSpans } from './guest-spans.ts';
import { withOperation } from './operation-context.ts';
import type { ActiveContext, BridgeOptions } from './otel-bridge.ts';
import { receivedContext } from './received-context.ts';

export interface GuestBridgeOptions extends Pick<BridgeOptions, 'baggage'> {
  readonly globals: Pick<GlobalProviders, 'ownsTraces'>;
  readonly spans: GuestSpans;
  readonly contexts: ActiveContext;
}

/**
 * The bridge of a process whose traces may belong to the application, now or from some later moment on: operations become
 * spans of its tracer while it has one, and spans of ours otherwise.
 */
export function createGuestBridge(
  own: ContextBridge,
  { globals, spans, contexts, baggage }: GuestBridgeOptions,
): ContextBridge {
  const received = receivedContext(contexts, baggage);
  return {
    ...own,
    run(operation, fn, self, message, extra) {
      const context = globals.ownsTraces ? undefined : spans.start(operation, received(message));
      if (context === undefined) return own.run(operation, fn, self, message, extra);
      return contexts.run(withOperation(context, operation), () => fn.call(self, message, extra));
    },
    foreignSpan: (request) =>
      own.foreignSpan(request) ?? (globals.ownsTraces ? undefined : spans.startSent(request, contexts.active())),
  };
}
