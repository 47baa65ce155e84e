import { describe, expect, it } from 'vitest';
import { AnomalyMonitor, type AnomalyState } from '../../src/alerts/anomaly/anomaly-monitor.ts';
import { HourlyLevels } from '../../src/alerts/anomaly/hourly-levels.ts';
import { BUCKETS } from '../../src/alerts/anomaly/latency-detector.ts';
import { LatencyTally } from '../../src/core/latency-tally.ts';

const HOUR = 3_600_000;
const NO_ROUNDS = { count: 0, mean: 0, squares: 0 };

describe('what was learned about latency', () => {
  it('forgets operations of versions long gone: the names in the state are bounded over any number of restarts', () => {
    let saved: AnomalyState | undefined;
    for (let version = 1; version <= 20; version += 1) {
      const monitor = new AnomalyMonitor({ version: String(version), nowMs: version * HOUR, saved });
      for (let tool = 0; tool < 50; tool += 1) monitor.detectorOf(`tools/call v${version}.${tool}`).record(0.01);
      saved = monitor.state();
    }
    const names = Object.keys(saved?.operations ?? {});
    expect(names.length).toBeLessThanOrEqual(400);
    expect(names.filter((name) => name.startsWith('tools/call v20.'))).toHaveLength(50);
  });

  it('keeps of the operations that are not called the ones it learned about last', () => {
    const of = (hour: number) => {
      const baseline = {
        requests: 100,
        slices: 3,
        median: -3,
        spread: 0.4,
        mean: -3,
        variance: 0.1,
        tailSlot: 9,
        tailShare: 0.05,
        p95: 0.1,
      };
      const hours = [[hour, -3]] as const;
      return { detector: { baseline, hours }, baseline: { version: '1', since: 0, p95: NO_ROUNDS } };
    };
    const operations = Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`tools/call ${n}`, of(n)]));
    const state = new AnomalyMonitor({ version: '1', nowMs: 0, saved: { version: '1', operations } }).state();
    expect(Object.keys(state.operations).sort()).toEqual(
      Array.from({ length: 400 }, (_, n) => `tools/call ${n + 200}`).sort(),
    );
  });

  it('under a clock that was years ahead does not stay in the daily levels, which hold 26 hours at most', () => {
    const years = 20 * 365 * 24;
    const levels = new HourlyLevels([[years, Math.log(9)]]);
    const tick = new LatencyTally(BUCKETS.slotCount);
    for (let n = 0; n < 200; n += 1) tick.add(BUCKETS.slotOf(0.05), 0.05);
    for (let hour = 1; hour < 100; hour += 1) levels.add(tick, BUCKETS, hour * HOUR);
    expect(levels.state().length).toBeLessThanOrEqual(26);
    expect(levels.normal()).toBeCloseTo(0.05, 2);
  });
});
