import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type DataPoint, DataPointType, type Histogram, MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it } from 'vitest';
import { registerRuntimeMetrics } from '../../../src/runtime/runtime-metrics.ts';
import { createRuntimeSampler, type RuntimeSampler } from '../../../src/runtime/runtime-sampler.ts';
import { GC_DURATION_BOUNDARIES } from '../../../src/semconv/boundaries.ts';
import { RUNTIME_STREAMS } from '../../../src/semconv/runtime-streams.ts';
import type { StreamKind } from '../../../src/semconv/stream.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { ManualReader, stall } from './manual-reader.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let sampler: RuntimeSampler;
afterEach(() => sampler.stop());

function start(options: { processDirectory?: string } = {}) {
  const clock = new FakeClock();
  const readers = [new ManualReader(), new ManualReader()] as const;
  const provider = new MeterProvider({ readers: [...readers] });
  sampler = createRuntimeSampler({ clock, ...options });
  registerRuntimeMetrics(provider.getMeter('test'), sampler);
  sampler.start();
  return { clock, readers };
}

/** Lets Node's delay timer fire and the process directory be read, then samples. */
async function sampleFully(clock: FakeClock): Promise<void> {
  await sleep(100);
  clock.advance(1000);
}

const EXPECTED_TYPE: Readonly<Record<StreamKind, { type: DataPointType; monotonic?: boolean }>> = {
  counter: { type: DataPointType.SUM, monotonic: true },
  updowncounter: { type: DataPointType.SUM, monotonic: false },
  gauge: { type: DataPointType.GAUGE },
  histogram: { type: DataPointType.HISTOGRAM },
};

describe('the runtime metrics', () => {
  it.runIf(process.platform === 'linux')('are exactly the rows of the table, as the table describes them', async () => {
    const { clock, readers } = start();
    collectGarbage();
    await sampleFully(clock);
    const metrics = await readers[0].read();
    expect([...metrics.keys()].sort()).toEqual(RUNTIME_STREAMS.map(({ name }) => name).sort());
    for (const stream of RUNTIME_STREAMS) {
      const metric = metrics.get(stream.name)!;
      expect(metric.descriptor).toMatchObject({ unit: stream.unit, description: stream.description });
      const { type, monotonic } = EXPECTED_TYPE[stream.kind];
      expect(metric.dataPointType, stream.name).toBe(type);
      if (metric.dataPointType === DataPointType.SUM) expect(metric.isMonotonic, stream.name).toBe(monotonic);
      for (const point of metric.dataPoints) {
        expect(Object.keys(point.attributes), stream.name).toEqual(stream.attributes);
      }
    }
  });

  it('have no thread and descriptor points where there is no process directory, and all the others', async () => {
    const { clock, readers } = start({ processDirectory: join(import.meta.dirname, 'absent') });
    collectGarbage();
    await sampleFully(clock);
    const absent = ['process.thread.count', 'process.unix.file_descriptor.count'];
    const present = RUNTIME_STREAMS.map(({ name }) => name as string).filter((name) => !absent.includes(name));
    expect([...(await readers[0].read()).keys()].sort()).toEqual(present.sort());
  });

  it('give two readers the same figures, whoever comes first and how often', async () => {
    const { clock, readers } = start();
    collectGarbage();
    await sampleFully(clock);
    const points = async (reader: ManualReader) =>
      [...(await reader.read())].map(([name, { dataPoints }]) => [
        name,
        dataPoints.map(({ attributes, value }) => ({ attributes, value })),
      ]);
    await readers[0].read();
    await readers[0].read();
    const first = await points(readers[0]);
    expect(first.length).toBeGreaterThan(15);
    expect(await points(readers[1])).toEqual(first);
  });

  it('count every garbage collection of a batch, for each reader', async () => {
    const { readers } = start();
    const majors = async (reader: ManualReader) => {
      const points = (await reader.read()).get('v8js.gc.duration')?.dataPoints as DataPoint<Histogram>[] | undefined;
      return points?.find(({ attributes }) => attributes['v8js.gc.type'] === 'major')?.value;
    };
    // All in one turn of the event loop: Node delivers them together.
    for (let collection = 0; collection < 5; collection += 1) collectGarbage();
    await nextTurn();
    await sleep(10);
    const first = await majors(readers[0]);
    expect(first?.count).toBeGreaterThanOrEqual(5);
    expect(first?.sum).toBeGreaterThan(0);
    // Seconds, not milliseconds: collecting this small heap five times takes less than ten seconds.
    expect(first?.sum).toBeLessThan(10);
    expect(first?.buckets.boundaries).toEqual(GC_DURATION_BOUNDARIES);
    expect((await majors(readers[1]))?.count).toBeGreaterThanOrEqual(first?.count ?? Number.NaN);
  });

  it('say how busy the CPU and the event loop were in the last interval', async () => {
    const { clock, readers } = start();
    clock.advance(1000);
    stall(200);
    await sleep(0);
    clock.advance(200);
    clock.advance(800);
    const busy = await readers[0].read();
    const cpu = (busy.get('process.cpu.utilization')!.dataPoints as DataPoint<number>[]).map(({ value }) => value);
    expect(cpu).toHaveLength(2);
    expect(Math.max(...cpu)).toBeGreaterThan(0);
    expect(await readers[0].value('nodejs.eventloop.utilization')).toBeGreaterThan(0.8);
    await sleep(300);
    clock.advance(1000);
    expect(await readers[0].value('nodejs.eventloop.utilization')).toBeLessThan(0.8);
  });
});
