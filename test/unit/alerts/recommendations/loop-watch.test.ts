import { describe, expect, test } from 'vitest';
import { LoopLog } from '../../../../src/alerts/recommendations/loop-log.ts';
import { LoopWatch } from '../../../../src/alerts/recommendations/loop-watch.ts';
import { type Clock, systemClock } from '../../../../src/core/clock.ts';

/** What is said of five standstills of 200 ms in which the thread ran and waited for so long, and the loop was idle. */
function standstillsWith(ranMs: number, waitedMs: number, idleWithin = 0) {
  let now = 0;
  let fire = (): void => {};
  const clock: Clock = {
    ...systemClock,
    now: () => now,
    every: (_ms, fn) => {
      fire = fn;
      return { stop() {} };
    },
  };
  const log = new LoopLog();
  let times = { ranMs: 0, waitedMs: 0 };
  let idleMs = 0;
  const watch = new LoopWatch(clock, log, () => ({ idleMs, processor: times }));
  watch.start();
  for (let n = 1; n <= 5; n++) {
    now += 20;
    fire();
    idleMs += idleWithin;
    times = { ranMs: times.ranMs + ranMs, waitedMs: times.waitedMs + waitedMs };
    now += 220;
    fire();
  }
  watch.stop();
  log.settle(now);
  return log.standstill(0);
}

describe('a loop that stood still', () => {
  test('was kept by code where code ran, even if it had to share its processor', () => {
    expect(standstillsWith(200, 0)).toMatchObject({ count: 5, share: 1 });
    expect(standstillsWith(40, 160)).toMatchObject({ count: 5, share: 1 });
    // With less than a fifth of the time it is what it did, without what it waited.
    expect(standstillsWith(30, 170).totalMs).toBeCloseTo(5 * 30, 6);
  });

  test('was kept by nothing where the thread wanted next to nothing and waited for a processor', () => {
    expect(standstillsWith(1, 200).count).toBe(0);
    expect(standstillsWith(12, 195).count).toBe(0);
  });

  test('was kept by code where the thread neither ran nor waited: a synchronous read or a child process', () => {
    expect(standstillsWith(1, 0)).toMatchObject({ count: 5, share: 1 });
  });

  test('was kept by nothing where it was idle all the while: it was woken late, whatever the system calls that', () => {
    expect(standstillsWith(1, 0, 219).count).toBe(0);
    expect(standstillsWith(200, 0, 20)).toMatchObject({ count: 5, share: 1 });
  });
});

test('what a call asked for before the loop was last idle is not what keeps it; what it asks for behind that may be', () => {
  let [now, idleMs] = [0, 0];
  let fire = (): void => {};
  const every: Clock['every'] = (_ms, fn) => {
    fire = fn;
    return { stop() {} };
  };
  const ownMs = (askedAt: number): number => {
    [now, idleMs] = [1000, 0];
    const log = new LoopLog();
    const watch = new LoopWatch({ ...systemClock, now: () => now, every }, log, () => ({
      idleMs,
      processor: undefined,
    }));
    watch.start();
    // Idle until 1,012, then kept until 1,262.
    [now, idleMs] = [1262, 12];
    log.finished(1, {
      receivedAt: 990,
      executionFrom: 991,
      moments: [askedAt, -1261],
      executionTo: 1261,
      sentAt: 1262,
    });
    fire();
    log.settle(2000);
    return log.shareOf(1, 990, 1262).ownMs;
  };
  expect(ownMs(1005)).toBe(1);
  expect(ownMs(1013)).toBe(242);
});
