import { MeterProvider, MetricReader, type ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it } from 'vitest';
import { AllMetrics, type MetricSource, offerSource, withdrawSource } from '../../../src/alerts/metric-sources.ts';
import { VitalsMetricReader } from '../../../src/alerts/vitals-metric-reader.ts';
import { createDiag } from '../../../src/core/diag.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { BEGIN, RulesUnderTest } from './collected.ts';

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const providers: MeterProvider[] = [];
const sources: MetricSource[] = [];
afterEach(async () => {
  await Promise.all(providers.splice(0).map((provider) => provider.shutdown()));
  for (const source of sources.splice(0)) withdrawSource(source);
});

function providerWith(options: ConstructorParameters<typeof MeterProvider>[0]): MeterProvider {
  const provider = new MeterProvider(options);
  providers.push(provider);
  return provider;
}

function everything() {
  const lines: string[] = [];
  const diag = createDiag({ sink: (line) => lines.push(line), quietMs: 0 });
  const under = new RulesUnderTest([
    { name: 'grown', metric: 'shop.orders', aggregate: 'increase', operator: '>', threshold: 2 },
  ]);
  return { under, lines, all: new AllMetrics(() => under.metrics.collect(), diag) };
}

const namesIn = (scopes: readonly ScopeMetrics[]): string[] =>
  scopes.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name));

describe('metrics of providers that are not ours', () => {
  it('join ours; what they had counted before is no growth, what they count afterwards is', async () => {
    const { under, all } = everything();
    under.metrics.meter.createCounter('own').add(1);
    const evaluate = async (second: number) =>
      under.engine.evaluate(await all.collect(), second * 1000, BEGIN + second * 1000);
    await evaluate(1);
    const orders = providerWith({ readers: [new VitalsMetricReader()] })
      .getMeter('shop')
      .createCounter('shop.orders');
    orders.add(1000);
    expect(await evaluate(2)).toEqual([]);
    orders.add(3);
    expect(await evaluate(3)).toMatchObject([{ kind: 'firing', alert: { rule: 'grown', value: 3 } }]);
    expect(namesIn((await all.collect()).scopeMetrics)).toEqual(['own', 'shop.orders']);
    await providers.pop()?.shutdown();
    expect(namesIn((await all.collect()).scopeMetrics)).toEqual(['own']);
  });

  it('that cannot be collected are said once in a while and keep nothing from the others', async () => {
    const { under, all, lines } = everything();
    under.metrics.meter.createCounter('own').add(1);
    const failing: MetricSource = { metrics: () => Promise.reject(new Error('refused')) };
    sources.push(failing);
    offerSource(failing);
    expect(namesIn((await all.collect()).scopeMetrics)).toEqual(['own']);
    expect(lines.join('')).toContain('Error: refused');
  });

  it('are of 16 providers at most, which is said', async () => {
    const { all, lines } = everything();
    for (let n = 0; n < 17; n += 1) {
      const source: MetricSource = { metrics: async () => ({ scopeMetrics: [] }) };
      sources.push(source);
      offerSource(source);
    }
    await all.collect();
    expect(lines.join('')).toContain('more than 16 metric readers: 1 not read');
  });
});

describe('VitalsMetricReader', () => {
  it('collects for nobody once a minute, so that the SDK does not keep collections for it', async () => {
    const clock = new FakeClock();
    const other = new Reader();
    const provider = providerWith({ readers: [new VitalsMetricReader(clock), other] });
    let observed = 0;
    provider
      .getMeter('shop')
      .createObservableGauge('shop.stock')
      .addCallback(() => {
        observed += 1;
      });
    clock.advance(59_000);
    expect(observed).toBe(0);
    clock.advance(2_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(observed).toBe(1);
  });

  it('belongs to one provider, and to none after its shutdown', async () => {
    const reader = new VitalsMetricReader(new FakeClock());
    await expect(reader.collect()).rejects.toThrow('belongs to no MeterProvider');
    const provider = providerWith({ readers: [reader] });
    expect(() => new MeterProvider({ readers: [reader] })).toThrow('belongs to one MeterProvider');
    expect((await reader.collect()).errors).toEqual([]);
    await provider.shutdown();
    await expect(reader.collect()).rejects.toThrow('is shut down');
  });
});
