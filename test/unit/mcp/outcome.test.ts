import { beforeEach, describe, expect, it, vi } from 'vitest';
import { verifies } from '../../support/verifies.ts';

type OutcomeModule = typeof import('../../../src/mcp/outcome.ts');

let outcome: OutcomeModule;
// The bound on distinct values is of the process: every test begins with a new one.
beforeEach(async () => {
  vi.resetModules();
  outcome = await import('../../../src/mcp/outcome.ts');
});

describe('the outcome of an answer', () => {
  it.each([-32700, -32600, -32601, -32602, -32002])('with code %i is a mistake of the client, not an error', (code) => {
    verifies('LAT-01');
    const error = { code, message: 'your mistake' };
    const expected = { errorType: '', statusCode: String(code), statusMessage: '' };
    expect(outcome.outcomeOfResponse({ id: 1, error })).toEqual(expected);
  });

  it.each([-32603, -32000, -32001, -32020, -32022, -32042, 1, 404])('with code %i is an error', (code) => {
    verifies('LAT-01');
    const error = { code, message: 'it broke' };
    const expected = { errorType: String(code), statusCode: String(code), statusMessage: 'it broke' };
    expect(outcome.outcomeOfResponse({ id: 1, error })).toEqual(expected);
  });

  it('with isError is a tool error; nothing but true is', () => {
    verifies('LAT-01');
    const typeOf = (isError: unknown): string => outcome.outcomeOfResponse({ result: { isError } }).errorType;
    expect(typeOf(true)).toBe('tool_error');
    expect(['true', 1, false, null, undefined, {}].map(typeOf)).toEqual(['', '', '', '', '', '']);
  });

  it('without an error is none, whatever stands in its place', () => {
    const ok = { errorType: '', statusCode: '', statusMessage: '' };
    expect(outcome.outcomeOfResponse({ id: 1, result: {} })).toEqual(ok);
    expect(outcome.outcomeOfResponse({ id: 1 })).toEqual(ok);
    const hostile = { id: 1, error: null, result: null } as unknown as Parameters<
      OutcomeModule['outcomeOfResponse']
    >[0];
    expect(outcome.outcomeOfResponse(hostile)).toEqual(ok);
  });

  it('keeps codes and messages of any form within bounds', () => {
    verifies('NFR-05');
    const of = (code: unknown, message?: unknown): unknown =>
      outcome.outcomeOfResponse({ id: 1, error: { code, message } });
    for (const code of ['-32603', 1.5, Number.NaN, null, undefined, {}]) {
      expect(of(code)).toEqual({ errorType: '_OTHER', statusCode: '_OTHER', statusMessage: '' });
    }
    expect(of(-32603, 'm'.repeat(1_000_000))).toMatchObject({ statusMessage: 'm'.repeat(1024) });
    expect(of(-32603, { toString: () => 'no' })).toMatchObject({ statusMessage: '' });
  });

  it('has a bounded number of codes and error types', () => {
    verifies('NFR-05');
    const codes = new Set<string>();
    for (let code = 1; code <= 10_000; code += 1) codes.add(outcome.outcomeOfResponse({ error: { code } }).statusCode);
    for (let index = 0; index < 1000; index += 1) codes.add(outcome.outcomeOfFailure(`Error${index}`).errorType);
    expect(codes.size).toBeLessThanOrEqual(101);
    expect(codes.has('_OTHER')).toBe(true);
    expect(outcome.outcomeOfFailure('1').errorType).toBe('1');
  });
});

describe('the type of something thrown', () => {
  it('is its class name, never its message', () => {
    class PoolExhausted extends Error {
      override name = 'PoolExhausted';
    }
    expect(outcome.errorTypeOf(new TypeError('secret'))).toBe('TypeError');
    expect(outcome.errorTypeOf(new PoolExhausted('secret'))).toBe('PoolExhausted');
  });

  it.each([undefined, null, 'secret', 7, {}, Object.create(null), { name: 'Fake' }])('%s is _OTHER', (thrown) => {
    expect(outcome.errorTypeOf(thrown)).toBe('_OTHER');
  });

  it('is _OTHER when the name is not one', () => {
    const named = (name: unknown): Error => Object.assign(new Error('x'), { name });
    for (const name of ['', 'with space', '1st', 'x'.repeat(65), 7, null]) {
      expect(outcome.errorTypeOf(named(name))).toBe('_OTHER');
    }
    const hostile = Object.defineProperty(new Error('x'), 'name', {
      get() {
        throw new Error('no name');
      },
    });
    expect(outcome.errorTypeOf(hostile)).toBe('_OTHER');
  });

  it('is connection_closed where nobody was there to take the answer', () => {
    const message = 'No connection established for request ID: 7';
    expect(outcome.sendErrorTypeOf(new Error(message))).toBe('connection_closed');
    expect(outcome.sendErrorTypeOf(new Error('Not connected'))).toBe('connection_closed');
    expect(outcome.sendErrorTypeOf(new TypeError('cyclic'))).toBe('TypeError');
    expect(outcome.sendErrorTypeOf(message)).toBe('_OTHER');
    const hostile = Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error('no message');
      },
    });
    expect(outcome.sendErrorTypeOf(hostile)).toBe('Error');
  });
});
