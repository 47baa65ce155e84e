import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../src/mcp/operation.ts';
import { STAGE_UNATTRIBUTED, STAGES } from '../../src/semconv/stages.ts';
import { verifies } from '../support/verifies.ts';
import { connectionOfServer, operationOf } from '../unit/mcp/operations.ts';

const RUNS = { seed: 20_261_121, numRuns: 2000 };

const STAMPS = [
  'routedAt',
  'handlerFrom',
  'userHandlerFrom',
  'validationFrom',
  'executionFrom',
  'executionTo',
  'outputValidationFrom',
  'sendFrom',
] as const;
type Stamps = Record<(typeof STAMPS)[number], number>;

const connection = connectionOfServer();
/** Times as the monotonic clock of a process gives them: fractions of a millisecond to days. */
const time = fc.oneof(
  fc.double({ min: 0.001, max: 50, noNaN: true }),
  fc.double({ min: 0.001, max: 3e8, noNaN: true }),
  fc.constant(12.5),
);
const method = fc.constantFrom('tools/call', 'prompts/get', 'tools/list', 'notifications/initialized');
const statusCode = fc.constantFrom('', '-32601');
const request = fc.record({ method, statusCode, isRequest: fc.boolean() });

function stagesOf(operation: Operation): number[] {
  const into = new Float64Array(STAGES.length).fill(Number.NaN);
  operation.stageDurations(into);
  return [...into];
}

function build(
  kind: { method: string; statusCode: string; isRequest: boolean },
  times: { receivedAt: number; parseMs: number; dispatchedAt: number },
  stamps: Stamps,
  end: { sendTo: number; serializationMs: number },
): Operation {
  const operation = operationOf({ connection, method: kind.method, id: kind.isRequest ? 7 : undefined, ...times });
  Object.assign(operation, stamps, end);
  operation.outcome = { errorType: '', statusCode: kind.statusCode, statusMessage: '' };
  return operation;
}

describe('the stages of an operation', () => {
  it('are finite, not negative and add up to the end-to-end time for any order and absence of stamps', () => {
    verifies('LAT-02', 'LAT-03');
    const stamp = fc.oneof(fc.constant(0), time);
    const stamps = fc.record(
      Object.fromEntries(STAMPS.map((name) => [name, stamp])) as Record<keyof Stamps, typeof stamp>,
    );
    const times = fc.record({ receivedAt: time, parseMs: stamp, dispatchedAt: time });
    const end = fc.record({ sendTo: time, serializationMs: stamp });
    fc.assert(
      fc.property(request, times, stamps, end, (kind, received, marks, last) => {
        // The only order that the clock itself guarantees: nothing ends before it was received.
        const sendTo = Math.max(last.sendTo, received.receivedAt);
        const operation = build(kind, received, marks, { ...last, sendTo });
        const stages = stagesOf(operation);
        expect(stages.every((stage) => Number.isFinite(stage) && stage >= 0)).toBe(true);
        const sum = stages.reduce((total, stage) => total + stage, 0);
        expect(Math.abs(sum - operation.durationMs)).toBeLessThanOrEqual(1e-9 * Math.max(1, sendTo));
      }),
      RUNS,
    );
  });

  it('leave nothing unattributed when the stamps come in the order of the stages', () => {
    verifies('LAT-03');
    const gaps = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(request, gaps, fc.double({ min: 0, max: 1, noNaN: true }), (kind, steps, share) => {
        let at = 0;
        const next = (): number => {
          at += steps.pop() ?? 0;
          return at;
        };
        const receivedAt = next();
        const dispatchedAt = next();
        const stamps = Object.fromEntries(STAMPS.map((name) => [name, next()])) as Stamps;
        const sendTo = next();
        const sending = sendTo - stamps.sendFrom;
        const parseMs = (dispatchedAt - receivedAt) * share;
        const operation = build(kind, { receivedAt, parseMs, dispatchedAt }, stamps, {
          sendTo,
          serializationMs: sending * share,
        });
        const stages = stagesOf(operation);
        expect(stages[STAGE_UNATTRIBUTED]).toBe(0);
        const expected: Record<string, number> = {
          queue: dispatchedAt - receivedAt - parseMs + (stamps.handlerFrom - stamps.routedAt),
          validation: stamps.userHandlerFrom - stamps.handlerFrom + (stamps.executionFrom - stamps.validationFrom),
          execution: stamps.executionTo - stamps.executionFrom,
          serialization: sending * share,
        };
        for (const [stage, durationMs] of Object.entries(expected)) {
          expect(stages[STAGES.indexOf(stage as (typeof STAGES)[number])]).toBeCloseTo(durationMs, 6);
        }
      }),
      RUNS,
    );
  });
});
