import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { METHODS, scoreOf } from '../../../../bench/detection/benchmark-series.ts';
import { DETECTORS, scoreStreams } from '../../../../bench/detection/latency-streams.ts';
import { readBenchmarkSeries } from '../../../../bench/detection/nab-data.ts';
import { verifies } from '../../../support/verifies.ts';

describe('the detectors on streams whose truth is known', () => {
  test('find the disturbances of seeded services at 2 requests/s, and hardly anything else', () => {
    verifies('ALR-04', 'ALR-06');
    const score = scoreStreams(DETECTORS['mcp-vitals'], 2, [11]);
    expect(score.events).toBeGreaterThan(60);
    expect(score.detected / score.events).toBeGreaterThanOrEqual(0.95);
    expect(score.trueAlerts / score.alerts).toBeGreaterThanOrEqual(0.95);
    expect(score.falseTicks / score.normalTicks).toBeLessThanOrEqual(0.003);
    expect((score.alerts - score.trueAlerts) / score.streams).toBeLessThanOrEqual(1);
    const delays = [...score.doublingDelays].sort((a, b) => a - b);
    expect(delays[Math.floor(delays.length / 2)]).toBeLessThanOrEqual(20);
    expect(delays[Math.ceil(delays.length * 0.9) - 1]).toBeLessThanOrEqual(45);
  });

  const series = readBenchmarkSeries();
  // The series are not part of the package: they stand beside the checkout where it is developed.
  test.skipIf(series === undefined)('score at least 50 on the shared part of the Numenta benchmark', () => {
    verifies('ALR-06');
    expect(series?.length).toBe(25);
    expect(scoreOf(series ?? [], METHODS['mcp-vitals'])).toBeGreaterThanOrEqual(50);
  });

  test('are told apart from silence: the series are there wherever the requirements are', () => {
    expect(series !== undefined).toBe(
      existsSync(new URL('../../../../../shared/data/nab/windows.json', import.meta.url)),
    );
  });
});
