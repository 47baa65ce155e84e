import { describe, expect, it } from 'vitest';
import { createHeadSampler } from '../../../src/sdk/sampling.ts';

const parent = (traceFlags: number): { traceId: string; spanId: string; traceFlags: number } => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceFlags,
});

describe('the head sampler', () => {
  it('draws by ratio where there is no parent', () => {
    let next = 0;
    const draws = [0.05, 0.0999, 0.1, 0.5, 0.999];
    const sample = createHeadSampler({ kind: 'traceidratio', ratio: 0.1, parentBased: true }, () => draws[next++] ?? 1);
    expect(draws.map(() => sample(undefined))).toEqual([true, true, false, false, false]);
  });

  it('never samples at ratio 0 and always at ratio 1, whatever is drawn', () => {
    for (const draw of [0, 0.5, 0.9999999]) {
      expect(createHeadSampler({ kind: 'always_off', ratio: 0, parentBased: false }, () => draw)(undefined)).toBe(
        false,
      );
      expect(createHeadSampler({ kind: 'always_on', ratio: 1, parentBased: false }, () => draw)(undefined)).toBe(true);
    }
  });

  it('follows the parent when parent-based and ignores it otherwise', () => {
    const following = createHeadSampler({ kind: 'always_off', ratio: 0, parentBased: true });
    expect([following(parent(1)), following(parent(0))]).toEqual([true, false]);
    const ignoring = createHeadSampler({ kind: 'always_off', ratio: 0, parentBased: false });
    expect([ignoring(parent(1)), ignoring(parent(0))]).toEqual([false, false]);
  });
});
