import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WindowSums } from '../../src/alerts/window-sums.ts';

describe('sums over a sliding window', () => {
  it('equal the sums of what a naive list holds of the live slices, over idle gaps and several windows', () => {
    const gap = fc.oneof(fc.integer({ min: 0, max: 2500 }), fc.integer({ min: 0, max: 400_000 }));
    const added = fc.array(fc.tuple(gap, fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 9 })), {
      maxLength: 100,
    });
    fc.assert(
      fc.property(fc.constantFrom(1000, 60_000, 90_000, 3_600_000), added, (windowMs, sequence) => {
        const sums = new WindowSums(windowMs, 2);
        const sliceMs = Math.ceil(windowMs / 60);
        const all: { slice: number; a: number; b: number }[] = [];
        let now = 0;
        for (const [by, a, b] of sequence) {
          now += by;
          sums.advance(now);
          sums.add(0, a);
          sums.add(1, b);
          const slice = Math.floor(now / sliceMs);
          all.push({ slice, a, b });
          const live = all.filter((one) => one.slice > slice - 60);
          expect(sums.total(0)).toBe(live.reduce((sum, one) => sum + one.a, 0));
          expect([...sums.totals()]).toEqual([sums.total(0), live.reduce((sum, one) => sum + one.b, 0)]);
        }
      }),
    );
  });
});
