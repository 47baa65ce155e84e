import { describe, expect, it } from 'vitest';
import { extractTraceContext, formatTraceParent } from '../../../src/mcp/trace-parent.ts';
import { W3cTraceState } from '../../../src/mcp/trace-state.ts';
import { verifies } from '../../support/verifies.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a tracestate', () => {
  it('is passed on as it came', () => {
    for (const text of ['vendor=opaque', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', 'a@b=1,multi/key*_-=x y;z:"1"']) {
      expect(W3cTraceState.parse(text)?.serialize()).toBe(text);
    }
    expect(W3cTraceState.parse(' a=1 ,, b=2')?.serialize()).toBe('a=1,b=2');
  });

  it('is dropped as a whole when any of it is malformed, doubled or too long', () => {
    verifies('NFR-05');
    const hostile: unknown[] = [
      '',
      ',',
      'no-separator',
      '=value',
      'Upper=1',
      'a=1,a=2',
      'a=1,b',
      'a=',
      'a=b=c',
      'a=\u0007',
      'a=1\r\nx: y',
      `a=${'x'.repeat(300)}`,
      Array.from({ length: 33 }, (_, index) => `k${index}=1`).join(','),
      `${'a'.repeat(257)}=1`,
      7,
      null,
      {},
      ['a=1'],
    ];
    for (const text of hostile) expect(W3cTraceState.parse(text), JSON.stringify(text)).toBeUndefined();
  });

  it('puts a changed member first and leaves the original as it is', () => {
    const original = W3cTraceState.parse('a=1,b=2');
    expect(original?.set('b', '3').serialize()).toBe('b=3,a=1');
    expect(original?.set('c', 'bad\n')).toBe(original);
    expect(original?.unset('a').serialize()).toBe('b=2');
    expect(original?.get('a')).toBe('1');
    expect(original?.serialize()).toBe('a=1,b=2');
  });
});

describe('the trace context of a carrier', () => {
  it('is remote, keeps its tracestate and its sampled flag, and is written as it was read', () => {
    const context = extractTraceContext({ traceparent: TRACEPARENT, tracestate: 'vendor=1' });
    expect(context).toMatchObject({ spanId: 'b7ad6b7169203331', traceFlags: 1, isRemote: true });
    expect(context?.traceState?.serialize()).toBe('vendor=1');
    expect(context === undefined ? '' : formatTraceParent(context)).toBe(TRACEPARENT);
  });

  it('survives a malformed tracestate, and does not exist without a valid traceparent', () => {
    expect(extractTraceContext({ traceparent: TRACEPARENT, tracestate: 'Nonsense' })).toMatchObject({
      spanId: 'b7ad6b7169203331',
    });
    expect(extractTraceContext({ traceparent: TRACEPARENT, tracestate: 'Nonsense' })?.traceState).toBeUndefined();
    for (const carrier of [{ tracestate: 'a=1' }, { traceparent: 'x' }, null, undefined, {}]) {
      expect(extractTraceContext(carrier)).toBeUndefined();
    }
    expect(extractTraceContext('traceparent' as never)).toBeUndefined();
  });
});
