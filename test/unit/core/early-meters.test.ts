import { type BatchObservableCallback, createNoopMeter, type Meter, type ObservableResult } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it } from 'vitest';
import { installEarlyMeters } from '../../../src/core/early-meters.ts';
import { earlyMeters, type MeterProviderLike, meterHookSlot } from '../../../src/core/meter-hook.ts';

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}

  /** Values of the points by metric. */
  async figures(): Promise<Record<string, unknown[]>> {
    const { resourceMetrics, errors } = await this.collect();
    expect(errors).toEqual([]);
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return Object.fromEntries(metrics.map((metric) => [metric.descriptor.name, metric.dataPoints.map((p) => p.value)]));
  }
}

function realProvider(): { reader: Reader; provider: MeterProvider } {
  const reader = new Reader();
  return { reader, provider: new MeterProvider({ readers: [reader] }) };
}

class NoopProvider {
  getMeter(): Meter {
    return createNoopMeter();
  }
}

/** A copy of the API: what is registered in it, and what it answers. */
function copyOfApi(): { registered: MeterProviderLike | undefined; meter(): Meter } {
  const noop = new NoopProvider();
  const copy = {
    registered: undefined as MeterProviderLike | undefined,
    meter: (): Meter => installEarlyMeters()(() => copy.registered, noop).getMeter('early') as Meter,
  };
  return copy;
}

afterEach(() => {
  meterHookSlot().hook = undefined;
});

describe('meters that were taken early', () => {
  it('keep at most a thousand recordings, in order, and count the rest', async () => {
    const { reader, provider } = realProvider();
    const gauge = copyOfApi().meter().createGauge('last');
    for (let value = 1; value <= 1200; value += 1) gauge.record(value);
    earlyMeters()?.adopt(provider);
    expect(await reader.figures()).toEqual({ last: [1000] });
    expect(earlyMeters()?.dropped).toBe(200);
    gauge.record(1201);
    expect(await reader.figures()).toEqual({ last: [1201] });
  });

  it('keep at most a thousand callbacks, and those that were taken back make room', async () => {
    const { reader, provider } = realProvider();
    const counter = copyOfApi().meter().createObservableCounter('many');
    const callbacks = Array.from({ length: 1001 }, (_, n) => (result: ObservableResult) => {
      result.observe(n, { n });
    });
    for (const callback of callbacks.slice(0, 1000)) counter.addCallback(callback);
    counter.addCallback(callbacks[0]!);
    counter.removeCallback(callbacks[0]!);
    counter.addCallback(callbacks[1000]!);
    counter.addCallback(callbacks[0]!);
    earlyMeters()?.adopt(provider);
    expect(earlyMeters()?.dropped).toBe(1);
    const { many } = await reader.figures();
    expect(many?.toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1));
    // From now on they are those of the real instrument.
    counter.removeCallback(callbacks[1000]!);
    counter.addCallback((result) => result.observe(5, { n: 'late' }));
    expect((await reader.figures())['many']).toContain(5);
  });

  it('lead to the provider there is at each moment, in the copy that knows it and in one that does not', async () => {
    const [ours, theirs] = [realProvider(), realProvider()];
    const [knowing, other] = [copyOfApi(), copyOfApi()];
    const first = knowing.meter().createUpDownCounter('first');
    const second = other.meter().createUpDownCounter('second');
    const addToBoth = (): void => {
      for (const counter of [first, second]) counter.add(1);
    };
    addToBoth();
    knowing.registered = ours.provider;
    earlyMeters()?.adopt(ours.provider);
    addToBoth();
    expect(await ours.reader.figures()).toEqual({ first: [2], second: [2] });
    knowing.registered = theirs.provider;
    earlyMeters()?.release();
    addToBoth();
    expect(await ours.reader.figures()).toEqual({ first: [2], second: [2] });
    expect(await theirs.reader.figures()).toEqual({ first: [1] });
    expect(earlyMeters()?.dropped).toBe(0);
  });

  it('are empty for good where nothing of ours is registered, and count nothing', async () => {
    const { reader, provider } = realProvider();
    const copy = copyOfApi();
    const meter = copy.meter();
    const counter = meter.createCounter('early');
    const observed = meter.createObservableGauge('observed');
    observed.addCallback((result) => result.observe(1));
    for (let n = 0; n < 2000; n += 1) counter.add(1);
    earlyMeters()?.retire();
    counter.add(1);
    expect(earlyMeters()?.dropped).toBe(0);
    copy.registered = provider;
    counter.add(1);
    // As without us: what is observed is made anew by whoever is given the provider, and would be there twice.
    expect(await reader.figures()).toEqual({ early: [1] });
  });

  it('hand a batch of their observables over as one callback, and take it back', async () => {
    const { reader, provider } = realProvider();
    const meter = copyOfApi().meter();
    const [one, two] = [meter.createObservableGauge('one'), meter.createObservableGauge('two')];
    let called = 0;
    const callback: BatchObservableCallback = (result) => {
      called += 1;
      result.observe(one, 1);
      result.observe(two, 2);
    };
    meter.addBatchObservableCallback(callback, [one, two]);
    meter.addBatchObservableCallback(callback, [two, one]);
    earlyMeters()?.adopt(provider);
    expect(await reader.figures()).toEqual({ one: [1], two: [2] });
    expect(called).toBe(1);
    // An instrument made after that may stand beside early ones.
    const three = meter.createObservableGauge('three');
    meter.addBatchObservableCallback((result) => result.observe(three, 3), [three, one]);
    expect(await reader.figures()).toMatchObject({ three: [3] });
    meter.removeBatchObservableCallback(callback, [two, one]);
    await reader.figures();
    expect(called).toBe(2);
  });

  it('survive that somebody registers the stand-in itself', () => {
    const copy = copyOfApi();
    const noop = new NoopProvider();
    const hook = installEarlyMeters();
    copy.registered = hook(() => copy.registered, noop);
    expect(() => copy.meter().createCounter('x').add(1)).not.toThrow();
  });
});
