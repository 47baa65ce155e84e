import { type Span, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Operation } from '../../../src/mcp/operation.ts';
import { millisToHrTime, OperationSpan, toHrTime } from '../../../src/mcp/operation-span.ts';
import {
  SPAN_KIND_SERVER,
  SPAN_STATUS_ERROR,
  SPAN_STATUS_UNSET,
  TRACE_FLAG_SAMPLED,
} from '../../../src/mcp/span-types.ts';
import { verifies } from '../../support/verifies.ts';

const PARENT = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
  isRemote: true,
};

/** Fails to compile when an operation is not a span of the API. */
function asSpan(span: OperationSpan): Span {
  return span;
}

describe('the span of an operation', () => {
  it('is a span of the OpenTelemetry API, with its constants', () => {
    expectTypeOf<OperationSpan>().toExtend<Span>();
    expectTypeOf<Operation>().toExtend<Span>();
    expect(SPAN_KIND_SERVER).toBe(SpanKind.SERVER);
    expect([SPAN_STATUS_UNSET, SPAN_STATUS_ERROR]).toEqual([SpanStatusCode.UNSET, SpanStatusCode.ERROR]);
    expect(TRACE_FLAG_SAMPLED).toBe(TraceFlags.SAMPLED);
  });

  it('has ids that never change, in the trace of its parent', () => {
    verifies('LAT-01');
    const span = new OperationSpan(PARENT, true);
    const context = asSpan(span).spanContext();
    expect(context).toEqual({
      traceId: PARENT.traceId,
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
      traceFlags: 1,
    });
    expect(context.spanId).not.toBe(PARENT.spanId);
    expect(span.spanContext()).toEqual(context);
    const root = new OperationSpan(undefined, false).spanContext();
    expect(root).toMatchObject({ traceId: expect.stringMatching(/^[0-9a-f]{32}$/), traceFlags: 0 });
  });

  it('keeps what the tool sets on it, sampled or not, until it is closed', () => {
    const span = new OperationSpan(undefined, false);
    asSpan(span)
      .setAttribute('a', 1)
      .setAttributes({ b: 'two', c: undefined })
      .setAttribute('a', 3)
      .addEvent('here', { at: 'x' }, [5, 6])
      .addEvent('now', new Date(7000))
      .addLink({ context: PARENT })
      .updateName('renamed');
    expect(span.isRecording()).toBe(true);
    expect(span.added?.attributes).toEqual({ a: 3, b: 'two' });
    expect(span.added?.events).toEqual([
      { name: 'here', attributes: { at: 'x' }, time: [5, 6] },
      { name: 'now', time: [7, 0] },
    ]);
    expect([span.added?.links, span.added?.name]).toEqual([[{ context: PARENT }], 'renamed']);
    span.closed = true;
    span
      .setAttribute('late', 1)
      .addEvent('late')
      .addLink({ context: PARENT })
      .updateName('late')
      .setStatus({ code: 2 });
    expect(span.isRecording()).toBe(false);
    expect([span.added?.attributes, span.added?.events?.length, span.added?.name]).toEqual([
      { a: 3, b: 'two' },
      2,
      'renamed',
    ]);
    expect(span.added?.status).toBeUndefined();
  });

  it('cannot be ended by the tool', () => {
    const span = new OperationSpan(undefined, true);
    span.end();
    expect(span.isRecording()).toBe(true);
  });

  it('keeps 128 attributes, events and links and counts the rest', () => {
    verifies('NFR-05');
    const span = new OperationSpan(undefined, true);
    for (let index = 0; index < 1000; index += 1) {
      span.setAttribute(`key ${index}`, index).addEvent('event').addLink({ context: PARENT });
    }
    span.setAttribute('key 5', 'changed');
    expect(Object.keys(span.added?.attributes ?? {})).toHaveLength(128);
    expect(span.added?.attributes?.['key 5']).toBe('changed');
    expect([span.added?.events?.length, span.added?.links?.length]).toEqual([128, 128]);
    const dropped = [span.added?.droppedAttributes, span.added?.droppedEvents, span.added?.droppedLinks];
    expect(dropped).toEqual([872, 872, 872]);
  });

  it.each([
    ['__proto__', 'hostile'],
    ['constructor', 1],
  ])('takes %s for an attribute name like any other', (key, value) => {
    verifies('NFR-05');
    const span = new OperationSpan(undefined, true);
    span.setAttribute(key, value);
    expect(({} as Record<string, unknown>)['hostile']).toBeUndefined();
    expect(Object.entries(span.added?.attributes ?? {})).toEqual([[key, value]]);
  });

  it.each([
    [new TypeError('text'), { 'exception.type': 'TypeError', 'exception.message': 'text' }],
    [Object.assign(new Error('text'), { code: 'ENOENT' }), { 'exception.type': 'ENOENT' }],
    ['text', { 'exception.message': 'text' }],
    [undefined, {}],
    [null, {}],
    [Object.create(null), {}],
  ])('records %s as an exception', (exception, attributes) => {
    const span = new OperationSpan(undefined, true);
    span.recordException(exception);
    expect(span.added?.events?.[0]?.name).toBe('exception');
    expect(span.added?.events?.[0]?.attributes).toMatchObject(attributes);
  });

  it('has the status the tool set, otherwise that of its outcome', () => {
    verifies('LAT-01');
    const status = (set?: { code: number; message?: string }): unknown => {
      const span = new OperationSpan(undefined, true);
      if (set !== undefined) span.setStatus(set);
      return span.exportedStatus('tool_error', 'it broke');
    };
    expect(status()).toEqual({ code: 2, message: 'it broke' });
    expect(status({ code: 0 })).toEqual({ code: 2, message: 'it broke' });
    expect(status({ code: 1 })).toEqual({ code: 1 });
    expect(new OperationSpan(undefined, true).exportedStatus('', '')).toEqual({ code: 0 });
    expect(new OperationSpan(undefined, true).exportedStatus('500', '')).toEqual({ code: 2 });
  });
});

describe('a time as the API takes it', () => {
  it('is read as a pair, a date, epoch milliseconds or a time of the process', () => {
    expect(toHrTime([1, 2])).toEqual([1, 2]);
    expect(toHrTime(new Date(1_700_000_000_123))).toEqual([1_700_000_000, 123_000_000]);
    expect(toHrTime(1_900_000_000_000)).toEqual([1_900_000_000, 0]);
    expect(toHrTime(12.5)).toEqual(millisToHrTime(performance.timeOrigin + 12.5));
    const [seconds] = toHrTime(undefined);
    expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(5);
  });

  it('always has less than a second of nanoseconds', () => {
    for (const millis of [0, 999.9999999, 1999.9999999, 1_700_000_000_999.75]) {
      const [seconds, nanos] = millisToHrTime(millis);
      expect(nanos).toBeGreaterThanOrEqual(0);
      expect(nanos).toBeLessThan(1e9);
      expect(seconds + nanos / 1e9).toBeCloseTo(millis / 1000, 6);
    }
  });
});
