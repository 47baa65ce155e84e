import { describe, expect, test } from 'vitest';
import { LoopLog } from '../../../../src/alerts/recommendations/loop-log.ts';
import { LoopWatch } from '../../../../src/alerts/recommendations/loop-watch.ts';
import { type Clock, systemClock } from '../../../../src/core/clock.ts';

/** What is said of five standstills of 200 ms in which the thread ran and waited for so long. */
function standstillsWith(ranMs: number, waitedMs: number) {
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
  const watch = new LoopWatch(clock, log, () => times);
  watch.start();
  for (let n = 1; n <= 5; n++) {
    now += 20;
    fire();
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
  });

  test('was kept by nothing where the thread wanted next to nothing and waited for a processor', () => {
    expect(standstillsWith(1, 200).count).toBe(0);
  });

  test('was kept by code where the thread neither ran nor waited: a synchronous read or a child process', () => {
    expect(standstillsWith(1, 0)).toMatchObject({ count: 5, share: 1 });
  });
});
