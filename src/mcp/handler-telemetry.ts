import { ATTR_MCP_METHOD_NAME } from '../semconv/attributes.ts';
import { type Attributes, SPAN_KIND_SERVER } from './span-types.ts';

/** Where `mcp-handler` keeps what it traces each of its servers with; the version is part of the name. */
const REGISTRY = Symbol.for('mcp-handler.telemetry.v1');

interface SpanOptions {
  readonly kind?: number;
  readonly attributes?: Attributes;
}
interface TracerLike {
  startSpan(name: string, options?: SpanOptions, ...context: unknown[]): unknown;
  startActiveSpan(...args: unknown[]): unknown;
}
interface Registry {
  readonly servers?: { get(server: object): { readonly tracing?: { tracer?: TracerLike } } | undefined };
}

const ours = new WeakSet<TracerLike>();

/**
 * `mcp-handler` writes a span of its own for every message of a server, after the answer and without children, into whatever
 * tracer provider there is. Beside ours that would be every message twice, in the application's provider too, where nothing
 * that is recorded can be taken back. So the tracer it has for this server leaves those spans out, and what they say goes on ours.
 *
 * @param takeOver answers false where a span of ours is not made, and theirs is
 */
export function takeOverSpansOf(server: object, takeOver: (attributes: Attributes) => boolean): void {
  const registry = (globalThis as { [REGISTRY]?: Registry })[REGISTRY];
  const tracing = registry?.servers?.get(server)?.tracing;
  const tracer = tracing?.tracer;
  if (tracing === undefined || tracer === undefined || ours.has(tracer)) return;
  const instead: TracerLike = {
    startSpan(name, options, ...context) {
      const { kind, attributes } = options ?? {};
      const isOfMessage = kind === SPAN_KIND_SERVER && attributes?.[ATTR_MCP_METHOD_NAME] !== undefined;
      if (isOfMessage && takeOver(attributes)) return QUIET_SPAN;
      return tracer.startSpan(name, options, ...context);
    },
    startActiveSpan: (...args) => tracer.startActiveSpan(...args),
  };
  ours.add(instead);
  tracing.tracer = instead;
}

const itself = (): unknown => QUIET_SPAN;

/** A span that nobody gets to see. */
const QUIET_SPAN = {
  spanContext: () => ({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 }),
  isRecording: () => false,
  setAttribute: itself,
  setAttributes: itself,
  addEvent: itself,
  addLink: itself,
  addLinks: itself,
  setStatus: itself,
  updateName: itself,
  recordException: () => {},
  end: () => {},
};
