import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { BYTES, FIXED32, FIXED64, ProtoWriter, tag, VARINT } from './proto-writer.ts';

type Resource = ReadableSpan['resource'];
type Scope = ReadableSpan['instrumentationScope'];
type Attributes = ReadableSpan['attributes'];

const SMALLEST = 16_384;
const BYTES_PER_SPAN = 1024;

/**
 * Writes spans as the body of an OTLP trace request for a third of what the serializer of OpenTelemetry takes, whose bytes it gives
 * (a test compares them). Format: `opentelemetry/proto/trace/v1/trace.proto`.
 *
 * @returns `undefined` for spans with something in them that is left to that serializer, because it is rare: negative integers,
 *   bytes and objects as attributes
 * @throws what a span throws
 */
export function writeSpans(spans: readonly ReadableSpan[]): Uint8Array | undefined {
  return new TraceRequest(Math.max(SMALLEST, spans.length * BYTES_PER_SPAN)).write(spans);
}

class TraceRequest {
  readonly #out: ProtoWriter;
  #isLeft = false;

  constructor(size: number) {
    this.#out = new ProtoWriter(size);
  }

  write(spans: readonly ReadableSpan[]): Uint8Array | undefined {
    for (const [resource, scopes] of grouped(spans)) this.#resourceSpans(resource, scopes);
    return this.#isLeft || this.#out.hasNegative ? undefined : this.#out.written();
  }

  #resourceSpans(resource: Resource, scopes: ReadonlyMap<Scope, readonly ReadableSpan[]>): void {
    const out = this.#out;
    const all = out.begin(tag(1, BYTES), 3);
    const described = out.begin(tag(1, BYTES), 2);
    this.#attributes(tag(1, BYTES), resource.attributes);
    out.number(tag(2, VARINT), 0);
    out.end(described, 2);
    for (const [scope, spans] of scopes) {
      const ofScope = out.begin(tag(2, BYTES), 3);
      this.#scope(scope);
      for (const span of spans) this.#span(span);
      if (scope.schemaUrl) out.text(tag(3, BYTES), scope.schemaUrl);
      out.end(ofScope, 3);
    }
    if (resource.schemaUrl) out.text(tag(3, BYTES), resource.schemaUrl);
    out.end(all, 3);
  }

  #scope(scope: Scope): void {
    const out = this.#out;
    const start = out.begin(tag(1, BYTES), 1);
    out.text(tag(1, BYTES), scope.name);
    if (scope.version) out.text(tag(2, BYTES), scope.version);
    const { attributes, droppedAttributesCount } = scope as Partial<
      Pick<ReadableSpan, 'attributes' | 'droppedAttributesCount'>
    >;
    this.#attributes(tag(3, BYTES), attributes);
    if (droppedAttributesCount) out.number(tag(4, VARINT), droppedAttributesCount);
    out.end(start, 1);
  }

  #span(span: ReadableSpan): void {
    const out = this.#out;
    const { parentSpanContext: parent, kind } = span;
    const context = span.spanContext();
    const start = out.begin(tag(2, BYTES), 2);
    out.hex(tag(1, BYTES), context.traceId);
    out.hex(tag(2, BYTES), context.spanId);
    const state = context.traceState?.serialize();
    if (state) out.text(tag(3, BYTES), state);
    if (parent?.spanId) out.hex(tag(4, BYTES), parent.spanId);
    out.text(tag(5, BYTES), span.name);
    if (kind >= 0) out.number(tag(6, VARINT), kind + 1);
    out.time(tag(7, FIXED64), span.startTime);
    out.time(tag(8, FIXED64), span.endTime);
    this.#attributes(tag(9, BYTES), span.attributes);
    out.number(tag(10, VARINT), span.droppedAttributesCount);
    for (const event of span.events) {
      const eventStart = out.begin(tag(11, BYTES), 1);
      out.time(tag(1, FIXED64), event.time);
      out.text(tag(2, BYTES), event.name);
      this.#attributes(tag(3, BYTES), event.attributes);
      out.number(tag(4, VARINT), event.droppedAttributesCount ?? 0);
      out.end(eventStart, 1);
    }
    out.number(tag(12, VARINT), span.droppedEventsCount);
    for (const link of span.links) {
      const linkStart = out.begin(tag(13, BYTES), 1);
      out.hex(tag(1, BYTES), link.context.traceId);
      out.hex(tag(2, BYTES), link.context.spanId);
      const linkState = link.context.traceState?.serialize();
      if (linkState) out.text(tag(3, BYTES), linkState);
      this.#attributes(tag(4, BYTES), link.attributes);
      out.number(tag(5, VARINT), link.droppedAttributesCount ?? 0);
      out.flags(tag(6, FIXED32), link.context.traceFlags, link.context.isRemote);
      out.end(linkStart, 1);
    }
    out.number(tag(14, VARINT), span.droppedLinksCount);
    const statusStart = out.begin(tag(15, BYTES), 1);
    if (span.status.message) out.text(tag(2, BYTES), span.status.message);
    out.number(tag(3, VARINT), span.status.code);
    out.end(statusStart, 1);
    out.flags(tag(16, FIXED32), context.traceFlags, parent?.isRemote);
    out.end(start, 2);
  }

  #attributes(field: number, attributes: Attributes | undefined): void {
    const out = this.#out;
    for (const key in attributes) {
      if (!Object.hasOwn(attributes, key)) continue;
      const start = out.begin(field, 1);
      out.text(tag(1, BYTES), key);
      const value = out.begin(tag(2, BYTES), 1);
      this.#value(attributes[key]);
      out.end(value, 1);
      out.end(start, 1);
    }
  }

  #value(value: unknown): void {
    const out = this.#out;
    if (typeof value === 'string') {
      out.text(tag(1, BYTES), value);
    } else if (typeof value === 'boolean') {
      out.number(tag(2, VARINT), value ? 1 : 0);
    } else if (typeof value === 'number') {
      if (Number.isSafeInteger(value)) out.number(tag(3, VARINT), value);
      else if (Number.isInteger(value)) this.#isLeft = true;
      else out.double(tag(4, FIXED64), value);
    } else if (Array.isArray(value)) {
      const list = out.begin(tag(5, BYTES), 1);
      for (const item of value) {
        const start = out.begin(tag(1, BYTES), 1);
        this.#value(item);
        out.end(start, 1);
      }
      out.end(list, 1);
    } else if (value !== undefined && value !== null) {
      this.#isLeft = true;
    }
  }
}

/** Spans by resource and scope, compared by identity as the SDK does. */
function grouped(spans: readonly ReadableSpan[]): Map<Resource, Map<Scope, ReadableSpan[]>> {
  const resources = new Map<Resource, Map<Scope, ReadableSpan[]>>();
  for (const span of spans) {
    let scopes = resources.get(span.resource);
    if (scopes === undefined) {
      scopes = new Map();
      resources.set(span.resource, scopes);
    }
    const ofScope = scopes.get(span.instrumentationScope);
    if (ofScope === undefined) scopes.set(span.instrumentationScope, [span]);
    else ofScope.push(span);
  }
  return resources;
}
