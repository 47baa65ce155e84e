import { AggregationType } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { RulesUnderTest } from './collected.ts';

const P90 = { name: 'p90', metric: 'took', aggregate: 'quantile', quantile: 0.9, window: 10_000 } as const;
const exponential = (maxSize: number) => ({
  instrumentName: 'took',
  aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM as const, options: { maxSize } },
});

describe('a rule over an exponential histogram of a real SDK', () => {
  it('on a quantile and a mean looks at the window, whatever scale the histogram has come to', async () => {
    const mean = { name: 'mean', metric: 'took', aggregate: 'mean', window: 10_000 } as const;
    const limit = { operator: '>', threshold: 0.2 } as const;
    const under = new RulesUnderTest(
      [
        { ...P90, ...limit },
        { ...mean, ...limit },
      ],
      { views: [exponential(20)] },
    );
    const took = under.metrics.meter.createHistogram('took', { unit: 's' });
    for (let n = 0; n < 1000; n++) took.record(50);
    await under.seconds(1);
    await under.seconds(20, () => {
      for (let n = 0; n < 10; n++) took.record(0.1);
    });
    expect(under.announced).toEqual([]);
    // From 1 µs to 1,000 s: with 20 buckets the scale falls far.
    took.record(1e-6);
    took.record(1000);
    await under.seconds(12);
    await under.seconds(12, () => {
      for (let n = 0; n < 10; n++) took.record(n < 8 ? 0.1 : 0.5);
    });
    const p90 = under.alerts.active.find(({ rule }) => rule === 'p90')?.value ?? 0;
    // The bucket of 0.5 at scale −1, four times as wide as it is low.
    expect(p90).toBeGreaterThan(0.25);
    expect(p90).toBeLessThanOrEqual(1);
    await under.seconds(12, () => took.record(0.01));
    expect(under.alerts.active).toEqual([]);
    expect(under.announced).toContain('resolved p90');
  });

  it('is as exact as the histogram, and has no verdict without recordings', async () => {
    const under = new RulesUnderTest([{ ...P90, operator: '>', threshold: 0 }], { views: [exponential(160)] });
    const took = under.metrics.meter.createHistogram('took', { unit: 's' });
    await under.seconds(1);
    await under.seconds(5, () => {
      for (let n = 1; n <= 100; n++) took.record(n / 100, { shard: n % 2 });
    });
    // 160 buckets from 0.01 to 1: scale 4, bounds 4.4 % apart.
    const { value = 0 } = under.alerts.active[0] ?? {};
    expect(value).toBeGreaterThan(0.9 / 1.045);
    expect(value).toBeLessThan(0.9 * 1.045);
    await under.seconds(80);
    expect(under.announced).toEqual(['firing p90', 'resolved p90']);
  });
});
