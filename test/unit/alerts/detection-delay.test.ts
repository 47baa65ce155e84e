import { describe, expect, it } from 'vitest';
import { AlertMonitor } from '../../../src/alerts/alert-monitor.ts';
import { loadConfig, type RuleOptions } from '../../../src/config/index.ts';
import { createDiag } from '../../../src/core/diag.ts';
import type { AlertNotice } from '../../../src/core/model/alert.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { verifies } from '../../support/verifies.ts';
import { RulesUnderTest } from './collected.ts';

/** Slower than this nothing that is true may be told. */
const LIMIT_MS = 5_000;
const STEP_MS = 50;
const QUIET_MS = 70_000;

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A rule, what happens every 50 ms while all is well and while it is not, and after how long the rule is true then. */
interface Case {
  readonly rule: RuleOptions;
  readonly work: (metrics: RulesUnderTest['metrics'], isBad: boolean) => void;
  readonly trueAfterMs: number;
}

const CASES: Record<string, Case> = {
  'the value of a gauge': {
    rule: { name: 'deep', metric: 'depth', operator: '>', threshold: 5 },
    work: ({ meter }, isBad) => meter.createGauge('depth').record(isBad ? 9 : 1),
    trueAfterMs: 0,
  },
  'the rate of a counter': {
    // 20 a second before, 40 after: in a window of 10 s it is over 24 when two seconds of it are bad.
    rule: { name: 'busy', metric: 'jobs', aggregate: 'rate', window: 10_000, operator: '>', threshold: 24 },
    work: ({ meter }, isBad) => meter.createCounter('jobs').add(isBad ? 2 : 1),
    trueAfterMs: 2_000,
  },
  'the share of failures': {
    // One in two: over 5 % of a minute's when they have lasted six seconds.
    rule: {
      name: 'failing',
      metric: 'jobs',
      where: { state: 'failed' },
      overWhere: {},
      aggregate: 'ratio',
      window: 60_000,
      operator: '>',
      threshold: 0.05,
    },
    work: ({ meter }, isBad) => {
      const jobs = meter.createCounter('jobs');
      jobs.add(1, { state: 'done' });
      jobs.add(1, { state: isBad ? 'failed' : 'done' });
    },
    trueAfterMs: 6_000,
  },
  'the mean of a histogram': {
    rule: { name: 'slow', metric: 'time', aggregate: 'mean', window: 10_000, operator: '>', threshold: 0.3 },
    work: ({ meter }, isBad) => meter.createHistogram('time').record(isBad ? 1.1 : 0.1),
    trueAfterMs: 2_000,
  },
  'the P95 of a histogram': {
    rule: { name: 'slow', metric: 'time', aggregate: 'quantile', window: 10_000, operator: '>', threshold: 10 },
    work: ({ meter }, isBad) => meter.createHistogram('time').record(isBad ? 50 : 1),
    trueAfterMs: 500,
  },
};

describe('a threshold rule without a waiting time', () => {
  it.each(Object.keys(CASES))('on %s fires within 5 s of being true, whenever in the second that is', async (name) => {
    verifies('ALR-04');
    const { rule, work, trueAfterMs } = CASES[name] as Case;
    const { values: config } = await loadConfig({ env: {}, cwd: import.meta.dirname });
    for (const offsetMs of [0, 50, 500, 950]) {
      const under = new RulesUnderTest([rule]);
      const clock = new FakeClock();
      const told: { notice: AlertNotice; atMs: number }[] = [];
      const monitor = new AlertMonitor({
        engine: under.engine,
        collect: () => under.metrics.collect(),
        routes: [
          {
            channel: {
              name: 'test',
              notify: (notices) => told.push(...notices.map((notice) => ({ notice, atMs: clock.now() }))),
            },
          },
        ],
        clock,
        intervalMs: config.alerts.intervalMs,
        diag: createDiag({ clock, sink: () => {} }),
      });
      monitor.start();
      const badMs = QUIET_MS + offsetMs;
      while (clock.now() < badMs + trueAfterMs + LIMIT_MS && told.length === 0) {
        work(under.metrics, clock.now() >= badMs);
        clock.advance(STEP_MS);
        if (clock.now() % config.alerts.intervalMs === 0) await settle();
      }
      monitor.stop();

      expect(told.map(({ notice }) => notice.kind)).toEqual(['firing']);
      expect(told[0]?.atMs).toBeGreaterThanOrEqual(badMs);
      expect(told[0]?.atMs).toBeLessThanOrEqual(badMs + trueAfterMs + LIMIT_MS);
    }
  });
});
