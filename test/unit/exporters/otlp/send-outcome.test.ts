import { describe, expect, it } from 'vitest';
import { parsePartialSuccess } from '../../../../src/exporters/otlp/endpoint.ts';
import { judgeAnswer, readRetryAfterMs } from '../../../../src/exporters/otlp/send-outcome.ts';

const NOW = Date.UTC(2026, 10, 12, 10, 0, 0);

describe('an answer', () => {
  it.each([
    [200, 'ok'],
    [202, 'ok'],
    [429, 'retryable'],
    [502, 'retryable'],
    [503, 'retryable'],
    [504, 'retryable'],
    [301, 'rejected'],
    [400, 'rejected'],
    [401, 'rejected'],
    [404, 'rejected'],
    [413, 'rejected'],
    [500, 'rejected'],
    [501, 'rejected'],
    [0, 'rejected'],
  ])('with status %i is %s', (status, state) => {
    expect(judgeAnswer({ status, retryAfter: undefined, body: undefined }, () => undefined, NOW).state).toBe(state);
  });

  it('that accepts stays accepted when its body is garbage', () => {
    for (const body of [Buffer.from('<html>ok</html>'), Buffer.from([0x0a, 0xff]), Buffer.alloc(0)]) {
      const answer = { status: 200, retryAfter: undefined, body };
      expect(judgeAnswer(answer, (bytes) => parsePartialSuccess('traces', bytes), NOW)).toEqual({ state: 'ok' });
    }
  });

  it('carries how long to wait', () => {
    const answer = { status: 503, retryAfter: '7', body: undefined };
    expect(judgeAnswer(answer, () => undefined, NOW)).toEqual({
      state: 'retryable',
      reason: 'HTTP 503',
      retryAfterMs: 7_000,
    });
  });
});

describe('Retry-After', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['0', 0],
    ['-5', 0],
    ['1.5', 1_500],
    ['999999999', 300_000],
    ['Infinity', undefined],
    [new Date(NOW + 20_000).toUTCString(), 20_000],
    [new Date(NOW - 20_000).toUTCString(), 0],
  ])('%j means %j ms', (header, expected) => {
    expect(readRetryAfterMs(header, NOW)).toBe(expected);
  });
});

describe('partial success', () => {
  const answer = Buffer.from([0x0a, 0x06, 0x08, 0x05, 0x12, 0x02, 0x6e, 0x6f]);

  it('is read from the answers to both signals', () => {
    for (const signal of ['traces', 'metrics'] as const) {
      expect(parsePartialSuccess(signal, answer)).toEqual({ rejected: 5, message: 'no' });
    }
  });

  it('is absent from an answer that accepts everything', () => {
    for (const body of [Buffer.alloc(0), Buffer.from([0x0a, 0x00])]) {
      expect(parsePartialSuccess('traces', body)).toBeUndefined();
    }
  });
});
