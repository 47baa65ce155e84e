import { describe, expect, it } from 'vitest';
import { parseTraceParent } from '../../../src/mcp/trace-parent.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

describe('a traceparent', () => {
  it.each([
    [`00-${TRACE_ID}-${SPAN_ID}-01`, 1],
    [`00-${TRACE_ID}-${SPAN_ID}-00`, 0],
    [`00-${TRACE_ID}-${SPAN_ID}-ff`, 1],
    [`01-${TRACE_ID}-${SPAN_ID}-01`, 1],
    [`cc-${TRACE_ID}-${SPAN_ID}-01-what-a-later-version-adds`, 1],
  ])('%s is read', (value, traceFlags) => {
    expect(parseTraceParent(value)).toEqual({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags, isRemote: true });
  });

  it.each([
    undefined,
    null,
    0,
    true,
    {},
    [`00-${TRACE_ID}-${SPAN_ID}-01`],
    '',
    'traceparent',
    `00-${TRACE_ID}-${SPAN_ID}`,
    `00-${TRACE_ID}-${SPAN_ID}-1`,
    `00-${TRACE_ID}-${SPAN_ID}-0x`,
    ` 00-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${SPAN_ID}-01\n`,
    `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`,
    `00-${TRACE_ID}0-${SPAN_ID}-01`,
    `00-${'0'.repeat(32)}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
    `00-${TRACE_ID}-${SPAN_ID}-01-more`,
    `ff-${TRACE_ID}-${SPAN_ID}-01`,
    `cc-${TRACE_ID}-${SPAN_ID}-01-${'x'.repeat(10_000)}`,
  ])('%j is ignored', (value) => {
    expect(parseTraceParent(value)).toBeUndefined();
  });
});
