import type { SpanContext } from './span-types.ts';
import { W3cTraceState } from './trace-state.ts';

/** Version 00 and later versions with the same prefix, as W3C Trace Context level 1 demands of a parser. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MAX_LENGTH = 512;

/**
 * Reads a W3C `traceparent` value. Anything malformed, all-zero, of version `ff` or of hostile length is ignored
 * (`undefined`): a client must not be able to break tracing.
 */
export function parseTraceParent(value: unknown): SpanContext | undefined {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return undefined;
  const match = TRACEPARENT.exec(value);
  if (match === null) return undefined;
  const [, version, traceId, spanId, flags, rest] = match;
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

/** Where trace context travels: `params._meta` of a message, or HTTP headers. */
export interface TraceCarrier {
  readonly traceparent?: unknown;
  readonly tracestate?: unknown;
}

/** Reads `traceparent` and the `tracestate` that goes with it; without a valid `traceparent` there is nothing. */
export function extractTraceContext(carrier: TraceCarrier | null | undefined): SpanContext | undefined {
  if (typeof carrier !== 'object' || carrier === null || carrier.traceparent === undefined) return undefined;
  const context = parseTraceParent(carrier.traceparent);
  if (context === undefined || carrier.tracestate === undefined) return context;
  const traceState = W3cTraceState.parse(carrier.tracestate);
  return traceState === undefined ? context : { ...context, traceState };
}

/** Writes a span context as a W3C `traceparent` of version 00. */
export function formatTraceParent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 1) === 1 ? '01' : '00'}`;
}
