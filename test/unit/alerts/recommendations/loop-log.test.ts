import { describe, expect, test } from 'vitest';
import { type CallMoments, LoopLog } from '../../../../src/alerts/recommendations/loop-log.ts';
import { recommendForLoop } from '../../../../src/alerts/recommendations/recommend-loop.ts';
import { verifies } from '../../../support/verifies.ts';

/** A stretch from 1,000 to 1,250 in which those calls took part, numbered from 1. */
function divide(...calls: readonly Partial<CallMoments>[]): LoopLog {
  const log = new LoopLog();
  log.blocked(1000, 1250);
  calls.forEach((moments, index) => {
    const call = { receivedAt: 0, executionFrom: 0, executionTo: 0, sentAt: 0, moments: [], ...moments };
    log.finished(index + 1, call);
  });
  log.turned();
  log.settle(2000);
  return log;
}

describe('a stretch in which the loop stood still', () => {
  test('is not the work of a call that arrives at its end: its bytes were read behind it', () => {
    verifies('OPT-01');
    const log = divide({ receivedAt: 1248, executionFrom: 1249, executionTo: 1250, sentAt: 1250 });
    expect(log.standstill(0)).toMatchObject({ count: 1, totalMs: 248 });
    expect(log.shareOf(1, 1248, 1260).ownMs).toBe(2);
  });

  test('is not the work of a call that waits for an answer all the while, however many answers lie there at its end', () => {
    verifies('OPT-01');
    const waiting = { receivedAt: 900, executionFrom: 901, moments: [902, -1249], executionTo: 1250, sentAt: 1251 };
    const log = divide(waiting, waiting);
    expect(log.standstill(0)).toMatchObject({ count: 1, totalMs: 249 });
    expect(log.shareOf(1, 900, 1251)).toMatchObject({ blockedMs: 249 });
  });

  test('is the work of a call that asks and is answered within it: a database that computes in the process', () => {
    verifies('OPT-01');
    const log = divide({
      receivedAt: 990,
      executionFrom: 991,
      moments: [1003, -1248],
      executionTo: 1249,
      sentAt: 1250,
    });
    expect(log.standstill(0).count).toBe(0);
    expect(log.shareOf(1, 990, 1250).ownMs).toBe(250);
  });

  test('is the work of a call that computes behind an answer, and of one that makes a large answer ready to be sent', () => {
    verifies('OPT-01');
    const computes = { receivedAt: 990, executionFrom: 991, moments: [992, -1002], executionTo: 1249, sentAt: 1250 };
    // What it had been waiting for came before; nobody knows whose the two milliseconds until then were.
    expect(divide(computes).shareOf(1, 990, 1250)).toMatchObject({ ownMs: 248, blockedMs: 0 });
    const writes = { receivedAt: 990, executionFrom: 991, executionTo: 1002, sentAt: 1250 };
    expect(divide(writes).standstill(0).count).toBe(0);
  });

  test('is not the work of a call that has got one of two answers and waits for the other', () => {
    const moments = [1002, 1003, -1004, -1249];
    const log = divide({ receivedAt: 990, executionFrom: 1001, moments, executionTo: 1250, sentAt: 1250 });
    // It asked for the other one within the stretch: nothing shows that it did not compute for it.
    expect(log.shareOf(1, 990, 1250).ownMs).toBe(250);
    const before = [980, 981, -1004, -1249];
    expect(divide({ receivedAt: 970, executionFrom: 971, moments: before, sentAt: 1250 }).standstill(0)).toMatchObject({
      totalMs: 249,
    });
  });

  test('is settled rightly at any rate of calls, because stamps that nobody will ask for make room', () => {
    const log = new LoopLog();
    let call = 0;
    for (let now = 0; now < 60_000; now += 20) {
      // 2,000 calls a second, and once a second 100 ms of computing by one of them.
      for (let n = 0; n < 40; n++) {
        const at = now + n / 2;
        call += 1;
        log.finished(call, { receivedAt: at, executionFrom: at, moments: [], executionTo: at + 0.3, sentAt: at + 0.4 });
      }
      if (now % 1000 === 0) {
        log.blocked(now, now + 100);
        const moments = {
          receivedAt: now + 1,
          executionFrom: now + 1,
          moments: [],
          executionTo: now + 99,
          sentAt: now + 99,
        };
        log.finished(++call, moments);
      }
      log.turned();
      log.settle(now - 1000);
    }
    expect(log.standstill(0).count).toBe(0);
    const { ownMs, othersMs } = log.shareOf(call, 50_000, 50_100);
    expect(ownMs + othersMs).toBeGreaterThan(90);
  });

  test('is nobody’s and counts for nothing where too many calls took part to remember them', () => {
    const log = new LoopLog();
    log.blocked(1000, 2000);
    for (let call = 1; call < 3000; call++) {
      const at = 1000 + call / 3;
      log.finished(call, { receivedAt: at, executionFrom: at, moments: [], executionTo: at, sentAt: at });
    }
    log.turned();
    log.settle(3000);
    expect(log.standstill(0).count).toBe(0);
  });
});

describe('advice about the event loop', () => {
  const standstills = (lengths: readonly number[]): ReturnType<LoopLog['standstill']> => {
    const log = new LoopLog();
    for (const [index, ms] of lengths.entries()) log.blocked(1000 * index, 1000 * index + ms);
    log.settle(1e9);
    return log.standstill(0);
  };
  const isNamed = (lengths: readonly number[], spanMs: number) =>
    recommendForLoop(standstills(lengths), spanMs, 10).length === 1;

  test('is given where a P95 shows it or a request loses five milliseconds on average, and not for less', () => {
    verifies('OPT-01');
    expect(isNamed(Array(60).fill(60), 60_000)).toBe(true);
    expect(isNamed(Array(60).fill(40), 60_000)).toBe(false);
    // Two per cent of the time, but half a second each time: 8 ms of every request.
    expect(isNamed(Array(4).fill(500), 60_000)).toBe(true);
    expect(isNamed(Array(4).fill(300), 60_000)).toBe(false);
  });

  test('is not given for a single long stop, such as a debugger or a laptop that slept, among small ones', () => {
    expect(isNamed([3_600_000, 20, 20, 20], 60_000)).toBe(false);
    expect(isNamed([3_600_000], 60_000)).toBe(false);
  });

  test('looks at what lies within the time it speaks of only', () => {
    const log = new LoopLog();
    for (const from of [1000, 5000, 9000]) log.blocked(from, from + 800);
    log.settle(10_000);
    expect(log.standstill(5500)).toMatchObject({ count: 2, totalMs: 300 + 800 });
  });
});
