import { setTimeout as sleep } from 'node:timers/promises';
import { type DataPoint, DataPointType, MeterProvider } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createDiag } from '../../../src/core/diag.ts';
import { registerHostMetrics } from '../../../src/runtime/host/host-metrics.ts';
import { HostSampler } from '../../../src/runtime/host/host-sampler.ts';
import { HOST_STREAMS } from '../../../src/semconv/host-streams.ts';
import { verifies } from '../../support/verifies.ts';
import { ManualReader } from './manual-reader.ts';

/** Figures a machine need not have: a limit, a disk or an interface of its own that has carried something. */
const NEED_NOT_EXIST = /^(?:container\.|system\.disk\.|system\.network\.)/;

describe('the metrics of this very host', () => {
  it.runIf(process.platform === 'linux')(
    'are the rows of the table, plausible, and the same for two readers',
    async () => {
      verifies('RES-01');
      const clock = systemClock;
      const sampler = new HostSampler({ clock, diag: createDiag({ clock }) });
      const readers = [new ManualReader(), new ManualReader()] as const;
      const provider = new MeterProvider({ readers: [...readers] });
      registerHostMetrics(provider.getMeter('test'), sampler);
      expect((await readers[0].read()).size).toBe(0);
      await sampler.refresh();
      // The kernel counts CPU time in hundredths of a second.
      for (let reading = 0; reading < 100 && sampler.latest()?.cpuShares === undefined; reading += 1) {
        await sleep(20);
        await sampler.refresh();
      }

      const metrics = await readers[0].read();
      const known = HOST_STREAMS.map(({ name }) => name as string);
      expect([...metrics.keys()].filter((name) => !known.includes(name))).toEqual([]);
      expect(known.filter((name) => !metrics.has(name) && !NEED_NOT_EXIST.test(name))).toEqual([]);
      for (const stream of HOST_STREAMS) {
        const metric = metrics.get(stream.name);
        if (metric === undefined) continue;
        expect(metric.descriptor).toMatchObject({ unit: stream.unit, description: stream.description });
        expect(metric.dataPointType).toBe(stream.kind === 'gauge' ? DataPointType.GAUGE : DataPointType.SUM);
        for (const { attributes, value } of metric.dataPoints) {
          expect(Object.keys(attributes), stream.name).toEqual(stream.attributes);
          expect(value, stream.name).toBeGreaterThanOrEqual(0);
        }
      }

      const sum = (name: string): number =>
        ((metrics.get(name)?.dataPoints ?? []) as DataPoint<number>[]).reduce((total, { value }) => total + value, 0);
      expect(sum('system.cpu.utilization')).toBeCloseTo(1, 9);
      expect(sum('system.memory.usage')).toBe(sum('system.memory.limit'));
      expect(sum('system.filesystem.usage')).toBe(sum('system.filesystem.limit'));

      const points = async (reader: ManualReader) =>
        [...(await reader.read())].map(([name, { dataPoints }]) => [name, dataPoints.map(({ value }) => value)]);
      expect(await points(readers[1])).toEqual(await points(readers[0]));
    },
  );
});
