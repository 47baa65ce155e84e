import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBoundedQueue } from '../../src/core/bounded-queue.ts';

type Operation =
  | { readonly kind: 'push'; readonly item: number }
  | { readonly kind: 'shift' }
  | { readonly kind: 'drain'; readonly max: number }
  | { readonly kind: 'unshiftAll'; readonly items: readonly number[] };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), item: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('shift' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drain' as const), max: fc.integer({ min: -1, max: 6 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('unshiftAll' as const), items: fc.array(fc.nat(), { maxLength: 8 }) }),
  },
);

describe('a bounded queue against an array', () => {
  it('holds and returns the same items as the array after any operations', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.array(operation, { maxLength: 80 }), (capacity, operations) => {
        const queue = createBoundedQueue<number>(capacity);
        let model: number[] = [];
        for (const step of operations) {
          if (step.kind === 'push') {
            expect(queue.push(step.item)).toBe(model.length < capacity);
            if (model.length < capacity) model.push(step.item);
          } else if (step.kind === 'shift') {
            expect(queue.shift()).toBe(model.shift());
          } else if (step.kind === 'drain') {
            expect(queue.drain(step.max)).toEqual(model.splice(0, Math.max(0, step.max)));
          } else {
            const free = capacity - model.length;
            const kept = free === 0 ? [] : step.items.slice(-free);
            expect(queue.unshiftAll(step.items)).toBe(step.items.length - kept.length);
            model = [...kept, ...model];
          }
          expect(queue.size).toBe(model.length);
        }
        expect(queue.drain(Number.POSITIVE_INFINITY)).toEqual(model);
      }),
      { seed: 20_260_917, numRuns: 300 },
    );
  });
});
