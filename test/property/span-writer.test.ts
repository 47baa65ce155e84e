import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeSpans } from '../../src/exporters/otlp/span-writer.ts';
import { W3cTraceState } from '../../src/mcp/trace-state.ts';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ minLength: 100, maxLength: 20_000 }),
  fc.constantFrom('\ud800', 'ü'.repeat(63), 'a'.repeat(127), 'a'.repeat(128), '__proto__'),
);
const scalar = fc.oneof(
  text,
  fc.boolean(),
  fc.double({ noInteger: true }),
  fc.maxSafeNat(),
  fc.constantFrom(0, -0, 2 ** 32, 2 ** 31),
);
const value = fc.oneof(scalar, fc.array(scalar), fc.constantFrom(undefined, null));
const attributes = fc.dictionary(text, value, { maxKeys: 20, noNullPrototype: false }) as fc.Arbitrary<
  ReadableSpan['attributes']
>;
const hex = (digits: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), minLength: digits, maxLength: digits });
const state = fc.constantFrom(undefined, W3cTraceState.parse('vendor=1,other=2'));
const context = fc.record({
  traceId: hex(32),
  spanId: hex(16),
  traceFlags: fc.nat(255),
  traceState: state,
  isRemote: fc.constantFrom(undefined, true, false),
});
const time = fc.tuple(fc.nat(2 ** 33), fc.nat(999_999_999));
const count = fc.nat(300);
const resources = [{ 'service.name': 'one' }, { 'service.name': 'two', list: ['a', 'b'] }, {}].map((each) =>
  resourceFromAttributes(each),
);
const scopes = [
  { name: 'mcp-vitals', version: '1' },
  { name: 'library', schemaUrl: 'https://example.com/schema' },
  { name: 'described', attributes: { kind: 'test' }, droppedAttributesCount: 2 },
];
const span = fc
  .record({
    own: context,
    parentSpanContext: fc.option(context, { nil: undefined }),
    name: text,
    kind: fc.nat(4),
    startTime: time,
    endTime: time,
    attributes,
    events: fc.array(fc.record({ time, name: text, attributes: fc.option(attributes, { nil: undefined }) }), {
      maxLength: 3,
    }),
    links: fc.array(fc.record({ context, attributes, droppedAttributesCount: count }), { maxLength: 3 }),
    status: fc.record({ code: fc.nat(2), message: fc.option(text, { nil: undefined }) }),
    droppedAttributesCount: count,
    droppedEventsCount: count,
    droppedLinksCount: count,
    resource: fc.constantFrom(...resources),
    instrumentationScope: fc.constantFrom(...scopes),
  })
  .map(({ own, ...rest }) => ({ ...rest, spanContext: () => own }) as unknown as ReadableSpan);

describe('the body of a trace request', () => {
  it('has byte for byte what the serializer of OpenTelemetry writes, whatever the spans hold', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 8 }), (spans) => {
        const written = writeSpans(spans);
        expect(written).toBeDefined();
        const expected = ProtobufTraceSerializer.serializeRequest(spans) as Uint8Array;
        expect(Buffer.compare(written as Uint8Array, expected)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('is the same for hundreds of spans, more than there was room for at first', () => {
    fc.assert(
      fc.property(span, text, (one, long) => {
        const spans = Array.from({ length: 200 }, (_, index) => ({ ...one, name: `${index} ${long}` }));
        const expected = ProtobufTraceSerializer.serializeRequest(spans) as Uint8Array;
        expect(Buffer.compare(writeSpans(spans) as Uint8Array, expected)).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['a negative integer', -1],
    ['an integer beyond 2^53', 2 ** 60],
    ['bytes', new Uint8Array(3)],
    ['an object', { a: 1 }],
    ['one within a list', [1, -1]],
  ])('is left to the serializer of OpenTelemetry where an attribute is %s', (_what, odd) => {
    const [ordinary] = fc.sample(span, { numRuns: 1, seed: 1 }) as [ReadableSpan];
    const spans = [ordinary, { ...ordinary, attributes: { odd } } as unknown as ReadableSpan];
    expect(writeSpans(spans)).toBeUndefined();
  });
});
