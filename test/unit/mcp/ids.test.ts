import { describe, expect, it } from 'vitest';
import { newSpanId, newTraceId } from '../../../src/mcp/ids.ts';

describe('ids', () => {
  it('have the form of W3C trace context', () => {
    for (let index = 0; index < 2000; index += 1) {
      expect(newTraceId()).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
      expect(newSpanId()).toMatch(/^(?!0+$)[0-9a-f]{16}$/);
    }
  });

  it('do not repeat, also over many refills of the pool they come from', () => {
    const count = 50_000;
    const ids = new Set(Array.from({ length: count }, (_, index) => (index % 3 === 0 ? newTraceId() : newSpanId())));
    expect(ids.size).toBe(count);
  });

  it('are spread over their whole range', () => {
    const digits = Array.from({ length: 2000 }, newSpanId).join('');
    const share = (digit: string): number => (digits.split(digit).length - 1) / digits.length;
    for (const digit of '0123456789abcdef') expect(share(digit)).toBeCloseTo(1 / 16, 1);
  });
});
