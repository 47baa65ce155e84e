import { type Context, trace } from '@opentelemetry/api';
import { type ContextBridge, directBridge } from '../mcp/context-bridge.ts';
import type { Operation } from '../mcp/operation.ts';
import { withOperation } from './operation-context.ts';
import { type ActiveContext, type BridgeOptions, createOtelBridge, type EnteredContext } from './otel-bridge.ts';

/**
 * The bridge of a process that only passes trace context on: what a message brings is the active context of its handler and
 * leaves again with what the handler sends. No span of ours comes in between.
 */
export function createPropagationBridge(
  contexts: ActiveContext,
  arrivals: Pick<EnteredContext, 'active'>,
  options: Pick<BridgeOptions, 'baggage'>,
): ContextBridge {
  const bridge = createOtelBridge(contexts, arrivals, trace, { ...options, enter: withReceived });
  return { ...bridge, runSending: (_operation, fn) => fn(), foreignSpan: () => undefined, takeOver: () => false };
}

/** The received trace context is active; a span that is active already and is the parent stays, others can write to it. */
function withReceived(context: Context, operation: Operation): Context {
  const { parentSpanContext: parent } = operation;
  const isActive = parent === undefined || trace.getSpanContext(context)?.spanId === parent.spanId;
  return withOperation(isActive ? context : trace.setSpanContext(context, parent), operation);
}

/** A bridge that touches no context; when HTTP requests arrived is known all the same. */
export function withoutContext({ activeArrival }: ContextBridge): ContextBridge {
  return { ...directBridge, activeArrival };
}
