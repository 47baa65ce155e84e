import { describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';
import { BEGIN, RulesUnderTest } from './collected.ts';

const base = { operator: '>', threshold: 5 } as const;

describe('a rule over metrics of a real SDK', () => {
  it('on the value of a gauge fires after `for`, with the attributes of each series, and is resolved', async () => {
    verifies('ALR-01', 'ALR-03');
    const under = new RulesUnderTest([
      {
        ...base,
        name: 'deep',
        metric: 'queue.depth',
        by: ['queue'],
        for: 3000,
        category: 'throughput',
        severity: 'critical',
      },
    ]);
    const gauge = under.metrics.meter.createGauge('queue.depth', { unit: '{job}' });
    gauge.record(9, { queue: 'a' });
    gauge.record(1, { queue: 'b' });
    await under.seconds(3);
    expect(under.alerts.active).toMatchObject([{ state: 'pending', attributes: { queue: 'a' }, value: 9 }]);
    await under.seconds(2);
    expect(under.notices).toMatchObject([
      {
        kind: 'firing',
        alert: {
          rule: 'deep',
          severity: 'critical',
          category: 'throughput',
          state: 'firing',
          attributes: { queue: 'a' },
          value: 9,
          threshold: 5,
          message: 'queue.depth is 9 jobs, threshold 5 jobs',
          pendingSince: BEGIN + 1000,
          firedAt: BEGIN + 4000,
        },
      },
    ]);
    expect(under.alerts.firingBySeverity).toEqual({ info: 0, warning: 0, critical: 1, emergency: 0 });
    expect(under.alerts.firingByCategory).toEqual({ throughput: 1 });
    gauge.record(5, { queue: 'a' });
    await under.seconds(1);
    expect(under.announced).toEqual(['firing deep', 'resolved deep']);
    expect(under.alerts.active).toEqual([]);
    expect(under.alerts.history).toMatchObject([{ rule: 'deep', state: 'resolved', resolvedAt: BEGIN + 6000 }]);
  });

  it('keeps firing until the figure is back over `clear`', async () => {
    const under = new RulesUnderTest([{ ...base, name: 'deep', metric: 'queue.depth', clear: 3 }]);
    const gauge = under.metrics.meter.createGauge('queue.depth');
    for (const depth of [6, 5, 4, 6, 4]) await under.seconds(1, () => gauge.record(depth));
    expect(under.announced).toEqual(['firing deep']);
    await under.seconds(1, () => gauge.record(3));
    expect(under.announced).toEqual(['firing deep', 'resolved deep']);
  });

  it('on the rate of a counter counts growth only, since the start of observation', async () => {
    const under = new RulesUnderTest([
      { ...base, name: 'busy', metric: 'jobs', aggregate: 'rate', where: { kind: 'a*' }, window: 10_000 },
    ]);
    const counter = under.metrics.meter.createCounter('jobs');
    counter.add(1_000_000, { kind: 'a' });
    await under.seconds(20, () => {
      counter.add(3, { kind: 'a' });
      counter.add(1, { kind: 'ab' });
      counter.add(100, { kind: 'b' });
    });
    expect(under.announced).toEqual([]);
    await under.seconds(10, () => counter.add(8, { kind: 'ab' }));
    expect(under.announced).toEqual(['firing busy']);
    expect(under.alerts.active[0]?.message).toMatch(/^jobs is [5-8][.\d]* \/s, threshold 5 \/s$/);
    await under.seconds(10);
    expect(under.announced).toEqual(['firing busy', 'resolved busy']);
  });

  it('counts all of a series that appears after the first collection', async () => {
    const under = new RulesUnderTest([{ ...base, name: 'some', metric: 'jobs', aggregate: 'increase' }]);
    const counter = under.metrics.meter.createCounter('jobs');
    await under.seconds(1);
    await under.seconds(1, () => counter.add(6, { kind: 'new' }));
    expect(under.alerts.active).toMatchObject([{ rule: 'some', value: 6 }]);
  });

  it('on a ratio has no verdict below its samples, and takes what is missing above the line for none', async () => {
    const under = new RulesUnderTest([
      {
        name: 'failing',
        metric: 'calls',
        aggregate: 'ratio',
        where: { error: '*' },
        by: ['tool'],
        minSamples: 20,
        operator: '>',
        threshold: 0.1,
      },
    ]);
    const calls = under.metrics.meter.createHistogram('calls', { unit: 's' });
    await under.seconds(1);
    await under.seconds(19, () => calls.record(0.1, { tool: 'a', error: 'yes' }));
    expect(under.announced).toEqual([]);
    await under.seconds(1, () => {
      calls.record(0.1, { tool: 'a' });
      for (let n = 0; n < 30; n++) calls.record(0.1, { tool: 'b' });
    });
    expect(under.alerts.active).toMatchObject([
      { attributes: { tool: 'a' }, value: 0.95, message: 'calls is 95 %, threshold 10 %' },
    ]);
  });

  it('on mean and quantile of a histogram looks at the window only', async () => {
    const under = new RulesUnderTest([
      { name: 'mean', metric: 'took', aggregate: 'mean', operator: '>', threshold: 0.2, window: 5000 },
      {
        name: 'p90',
        metric: 'took',
        aggregate: 'quantile',
        quantile: 0.9,
        operator: '>',
        threshold: 0.4,
        window: 5000,
      },
    ]);
    const took = under.metrics.meter.createHistogram('took', {
      unit: 's',
      advice: { explicitBucketBoundaries: [0.1, 0.5, 1] },
    });
    await under.seconds(30, () => took.record(0.05));
    expect(under.announced).toEqual([]);
    await under.seconds(5, () => took.record(0.45));
    expect(under.announced).toEqual(['firing mean', 'firing p90']);
    expect(under.alerts.active.find(({ rule }) => rule === 'mean')?.message).toMatch(
      /^took is \d{3} ms, threshold 200 ms$/,
    );
    await under.seconds(6, () => took.record(0.05));
    expect(under.alerts.active).toEqual([]);
  });

  it('finds a metric by its name in Prometheus too', async () => {
    const under = new RulesUnderTest([
      { ...base, name: 'disk', metric: 'disk_used_bytes' },
      { ...base, name: 'jobs', metric: 'my_jobs_total', aggregate: 'increase' },
    ]);
    under.metrics.meter.createGauge('disk.used', { unit: 'By' }).record(10 * 1024 ** 2);
    const counter = under.metrics.meter.createCounter('my.jobs');
    await under.seconds(3, () => counter.add(4));
    expect(under.announced).toEqual(['firing disk', 'firing jobs']);
    expect(under.alerts.active.find(({ rule }) => rule === 'disk')?.message).toBe(
      'disk_used_bytes is 10 MiB, threshold 5 B',
    );
  });

  it('adds counters and up-down counters up, and takes of gauges the one nearest to an alert', async () => {
    const under = new RulesUnderTest([
      { ...base, name: 'open', metric: 'open' },
      { ...base, name: 'hot', metric: 'heat' },
      { name: 'cold', metric: 'heat', operator: '<', threshold: 2 },
      { ...base, name: 'all heat', metric: 'heat', combine: 'sum' },
    ]);
    const open = under.metrics.meter.createUpDownCounter('open');
    const heat = under.metrics.meter.createGauge('heat');
    open.add(4, { kind: 'a' });
    open.add(4, { kind: 'b' });
    heat.record(1, { room: 'a' });
    heat.record(4.5, { room: 'b' });
    await under.seconds(1);
    expect(under.announced).toEqual(['firing open', 'firing cold', 'firing all heat']);
  });

  it('resolves a firing alert whose series is gone, after the stale interval and not before', async () => {
    const under = new RulesUnderTest([{ ...base, name: 'deep', metric: 'depth', stale: 10_000 }]);
    // The SDK repeats the last value of a series as long as its instrument lives: only what it leaves out altogether is gone.
    under.metrics.meter.createGauge('depth').record(9);
    await under.seconds(2);
    const nothing = { scopeMetrics: [] };
    for (let second = 1; second <= 10; second++) {
      expect(under.announced).toEqual(['firing deep']);
      under.now += 1000;
      under.notices.push(...under.engine.evaluate(nothing, under.now, BEGIN + under.now));
    }
    expect(under.announced).toEqual(['firing deep', 'resolved deep']);
  });

  it('looks at 100 combinations of attributes and says that there are more', async () => {
    const under = new RulesUnderTest([{ ...base, name: 'deep', metric: 'depth', by: ['id'] }]);
    const gauge = under.metrics.meter.createGauge('depth');
    for (let id = 0; id < 150; id++) gauge.record(9, { id });
    await under.seconds(1);
    expect(under.alerts.active).toHaveLength(100);
    expect(under.engine.leftOut.rules).toBe(1);
  });
});

describe('silences', () => {
  it('keep alerts from being sent, not from being seen; what still fires afterwards is sent then', async () => {
    const under = new RulesUnderTest([{ ...base, name: 'deep', metric: 'depth', by: ['queue'] }]);
    const gauge = under.metrics.meter.createGauge('depth');
    gauge.record(9, { queue: 'a' });
    gauge.record(9, { queue: 'b' });
    under.silences.add({ rule: 'de*', attributes: { queue: 'a' } }, BEGIN + 5000, BEGIN);
    await under.seconds(4);
    expect(under.notices.map(({ alert }) => alert.attributes)).toEqual([{ queue: 'b' }]);
    expect(under.alerts.active.map(({ silencedUntil }) => silencedUntil)).toEqual([BEGIN + 5000, undefined]);
    await under.seconds(1);
    expect(under.notices.map(({ alert }) => alert.attributes)).toEqual([{ queue: 'b' }, { queue: 'a' }]);
  });

  it('do not keep a resolution from being sent when the alert was', async () => {
    const under = new RulesUnderTest([{ ...base, name: 'deep', metric: 'depth' }]);
    const gauge = under.metrics.meter.createGauge('depth');
    await under.seconds(1, () => gauge.record(9));
    under.silences.add({}, BEGIN + 60_000, BEGIN);
    await under.seconds(1, () => gauge.record(1));
    expect(under.announced).toEqual(['firing deep', 'resolved deep']);
    await under.seconds(2, (second) => gauge.record(second === 0 ? 9 : 1));
    expect(under.announced).toHaveLength(2);
  });

  it('end before their time when told to, are bounded, and refuse what is no time', () => {
    const { silences } = new RulesUnderTest([]);
    const id = silences.add({ rule: 'x' }, 1000, 0);
    expect(silences.list(0)).toEqual([{ id, rule: 'x', attributes: {}, until: 1000 }]);
    expect(silences.end(id)).toBe(true);
    expect(silences.end(id)).toBe(false);
    expect(() => silences.add({}, Number.NaN, 0)).toThrow(RangeError);
    for (let n = 0; n < 100; n++) silences.add({}, 1000, 0);
    expect(() => silences.add({}, 1000, 0)).toThrow(RangeError);
    expect(silences.list(1000)).toEqual([]);
  });
});

describe('the history', () => {
  it('keeps an hour, the newest first, and at most 500', async () => {
    const under = new RulesUnderTest([{ ...base, name: 'deep', metric: 'depth', by: ['id'] }]);
    const gauge = under.metrics.meter.createGauge('depth');
    for (let round = 0; round < 6; round++) {
      for (const depth of [9, 1]) {
        for (let id = 0; id < 100; id++) gauge.record(depth, { id });
        await under.seconds(1);
      }
    }
    expect(under.alerts.history).toHaveLength(500);
    const times = under.alerts.history.map(({ resolvedAt }) => resolvedAt ?? 0);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    under.now += 3_600_000;
    await under.seconds(1);
    expect(under.alerts.history).toEqual([]);
  });
});
