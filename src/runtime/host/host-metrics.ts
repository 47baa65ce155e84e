import type { Attributes, Meter, Observable } from '@opentelemetry/api';
import {
  ATTR_DISK_IO_DIRECTION,
  ATTR_NETWORK_INTERFACE_NAME,
  ATTR_NETWORK_IO_DIRECTION,
  ATTR_SYSTEM_DEVICE_NAME,
  ATTR_SYSTEM_FILESYSTEM_MOUNTPOINT,
  ATTR_SYSTEM_FILESYSTEM_STATE,
  ATTR_SYSTEM_MEMORY_STATE,
  HOST_STREAMS,
  type HostStreamName,
} from '../../semconv/host-streams.ts';
import { ATTR_CPU_MODE } from '../../semconv/runtime-streams.ts';
import { createObservable } from '../observable.ts';
import type { HostSample } from './host-sample.ts';
import type { HostSampler } from './host-sampler.ts';
import { type ByDirection, CPU_MODES, type CpuTimes, type Disk, type NetworkInterface } from './proc-text.ts';

type Observe = (value: number | undefined, attributes?: Attributes) => void;
type Report = (sample: HostSample, observe: Observe) => void;

/**
 * Creates the instruments of `HOST_STREAMS` on a meter. The callback only reads the last sample: every reader sees the same, and
 * collecting waits for nothing. A figure the platform does not tell has no points.
 */
export function registerHostMetrics(meter: Meter, sampler: Pick<HostSampler, 'latest'>): void {
  const observed: { readonly instrument: Observable; readonly report: Report }[] = HOST_STREAMS.map((stream) => ({
    instrument: createObservable(meter, stream),
    report: REPORTS[stream.name],
  }));
  meter.addBatchObservableCallback(
    (result) => {
      const sample = sampler.latest();
      if (sample === undefined) return;
      for (const { instrument, report } of observed) {
        report(sample, (value, attributes) => {
          if (value !== undefined) result.observe(instrument, value, attributes);
        });
      }
    },
    observed.map(({ instrument }) => instrument),
  );
}

const REPORTS: Readonly<Record<HostStreamName, Report>> = {
  'system.uptime': (sample, observe) => observe(sample.uptimeSeconds),
  'system.cpu.logical.count': (sample, observe) => observe(sample.cpus?.logicalCount),
  'system.cpu.time': (sample, observe) => observeModes(sample.cpus?.seconds, observe),
  'system.cpu.utilization': (sample, observe) => observeModes(sample.cpuShares, observe),
  'system.cpu.load_average.1m': (sample, observe) => observe(sample.loadAverage?.[0]),
  'system.cpu.load_average.5m': (sample, observe) => observe(sample.loadAverage?.[1]),
  'system.cpu.load_average.15m': (sample, observe) => observe(sample.loadAverage?.[2]),
  'system.memory.usage': ({ memory }, observe) => {
    if (memory?.availableBytes === undefined) return;
    observe(memory.totalBytes - memory.availableBytes, { [ATTR_SYSTEM_MEMORY_STATE]: 'used' });
    observe(memory.availableBytes, { [ATTR_SYSTEM_MEMORY_STATE]: 'available' });
  },
  'system.memory.limit': (sample, observe) => observe(sample.memory?.totalBytes),
  'system.filesystem.usage': ({ diskSpace }, observe) => {
    if (diskSpace === undefined) return;
    const { mountpoint, totalBytes, freeBytes: free, reservedBytes: reserved } = diskSpace;
    for (const [state, value] of Object.entries({ used: totalBytes - free - reserved, free, reserved })) {
      observe(value, { [ATTR_SYSTEM_FILESYSTEM_MOUNTPOINT]: mountpoint, [ATTR_SYSTEM_FILESYSTEM_STATE]: state });
    }
  },
  'system.filesystem.limit': ({ diskSpace }, observe) =>
    observe(diskSpace?.totalBytes, { [ATTR_SYSTEM_FILESYSTEM_MOUNTPOINT]: diskSpace?.mountpoint }),
  'system.disk.io': diskReport('bytes'),
  'system.disk.operations': diskReport('operations'),
  'system.network.io': interfaceReport('bytes'),
  'system.network.errors': interfaceReport('errors'),
  'system.network.packet.dropped': interfaceReport('dropped'),
  'container.memory.working_set': (sample, observe) => observe(sample.container?.workingSetBytes),
  'container.memory.available': ({ container }, observe) =>
    observe(container && container.limitBytes - container.workingSetBytes),
};

function observeModes(values: CpuTimes | undefined, observe: Observe): void {
  if (values === undefined) return;
  for (const mode of CPU_MODES) observe(values[mode], { [ATTR_CPU_MODE]: mode });
}

function diskReport(figure: Exclude<keyof Disk, 'name'>): Report {
  return ({ disks }, observe) => {
    for (const disk of disks ?? []) {
      const { name } = disk;
      observeDirections(disk[figure], ['read', 'write'], observe, (direction) => ({
        [ATTR_SYSTEM_DEVICE_NAME]: name,
        [ATTR_DISK_IO_DIRECTION]: direction,
      }));
    }
  };
}

function interfaceReport(figure: Exclude<keyof NetworkInterface, 'name'>): Report {
  return ({ interfaces }, observe) => {
    for (const each of interfaces ?? []) {
      observeDirections(each[figure], ['receive', 'transmit'], observe, (direction) => ({
        [ATTR_NETWORK_INTERFACE_NAME]: each.name,
        [ATTR_NETWORK_IO_DIRECTION]: direction,
      }));
    }
  };
}

function observeDirections(
  value: ByDirection,
  [inbound, outbound]: readonly [string, string],
  observe: Observe,
  attributes: (direction: string) => Attributes,
): void {
  observe(value.in, attributes(inbound));
  observe(value.out, attributes(outbound));
}
