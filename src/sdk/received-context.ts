import { type Context, defaultTextMapGetter } from '@opentelemetry/api';
import { W3CBaggagePropagator } from '@opentelemetry/core';
import type { JsonRpcMessage } from '../mcp/sdk-shapes.ts';
import type { ActiveContext } from './otel-bridge.ts';

/**
 * The context a message is handled in, as far as the message itself decides: the active one, with the baggage of its `_meta`
 * where baggage is taken over.
 */
export function receivedContext(
  contexts: Pick<ActiveContext, 'active'>,
  baggage: boolean | undefined,
): (message: unknown) => Context {
  if (baggage !== true) return () => contexts.active();
  const propagator = new W3CBaggagePropagator();
  return (message) => {
    const active = contexts.active();
    const carrier = (message as JsonRpcMessage).params?.['_meta'];
    if (typeof carrier !== 'object' || carrier === null) return active;
    return propagator.extract(active, carrier, defaultTextMapGetter);
  };
}
