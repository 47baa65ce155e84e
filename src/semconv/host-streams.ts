import type { Stream } from './stream.ts';

export const ATTR_DISK_IO_DIRECTION = 'disk.io.direction';
export const ATTR_NETWORK_INTERFACE_NAME = 'network.interface.name';
export const ATTR_NETWORK_IO_DIRECTION = 'network.io.direction';
export const ATTR_SYSTEM_DEVICE_NAME = 'system.device.name';
export const ATTR_SYSTEM_FILESYSTEM_MOUNTPOINT = 'system.filesystem.mountpoint';
export const ATTR_SYSTEM_FILESYSTEM_STATE = 'system.filesystem.state';
export const ATTR_SYSTEM_MEMORY_STATE = 'system.memory.state';

/** Names of {@link HOST_STREAMS}; a row without a figure to report does not compile. */
export type HostStreamName =
  | 'system.uptime'
  | 'system.cpu.logical.count'
  | 'system.cpu.time'
  | 'system.cpu.utilization'
  | 'system.cpu.load_average.1m'
  | 'system.cpu.load_average.5m'
  | 'system.cpu.load_average.15m'
  | 'system.memory.usage'
  | 'system.memory.limit'
  | 'system.filesystem.usage'
  | 'system.filesystem.limit'
  | 'system.disk.io'
  | 'system.disk.operations'
  | 'system.network.io'
  | 'system.network.errors'
  | 'system.network.packet.dropped'
  | 'container.memory.working_set'
  | 'container.memory.available';

const INTERFACE = [ATTR_NETWORK_INTERFACE_NAME, ATTR_NETWORK_IO_DIRECTION];
const DEVICE = [ATTR_SYSTEM_DEVICE_NAME, ATTR_DISK_IO_DIRECTION];

/**
 * Every stream about the machine the process runs on, and about the container around it.
 *
 * Names, kinds and units of the OpenTelemetry semantic conventions 1.45 for systems and containers, all of them in development.
 * Load averages have no convention: they bear the names the Collector's host receiver gives them.
 */
export const HOST_STREAMS: readonly (Stream & { readonly name: HostStreamName })[] = [
  {
    name: 'system.uptime',
    kind: 'gauge',
    unit: 's',
    description: 'Time the host has been running.',
    attributes: [],
  },
  {
    name: 'system.cpu.logical.count',
    kind: 'updowncounter',
    unit: '{cpu}',
    description: 'Logical CPUs of the host.',
    attributes: [],
  },
  {
    name: 'system.cpu.time',
    kind: 'counter',
    unit: 's',
    description: 'CPU seconds of the host, over all CPUs, by CPU mode.',
    attributes: ['cpu.mode'],
  },
  {
    name: 'system.cpu.utilization',
    kind: 'gauge',
    unit: '1',
    description: 'Share of all CPUs of the host over the last interval, by CPU mode.',
    attributes: ['cpu.mode'],
  },
  {
    name: 'system.cpu.load_average.1m',
    kind: 'gauge',
    unit: '{thread}',
    description: 'Load average of the last minute (not on Windows).',
    attributes: [],
  },
  {
    name: 'system.cpu.load_average.5m',
    kind: 'gauge',
    unit: '{thread}',
    description: 'Load average of the last 5 minutes (not on Windows).',
    attributes: [],
  },
  {
    name: 'system.cpu.load_average.15m',
    kind: 'gauge',
    unit: '{thread}',
    description: 'Load average of the last 15 minutes (not on Windows).',
    attributes: [],
  },
  {
    name: 'system.memory.usage',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory of the host by state; used and available add up to the limit (Linux, Windows).',
    attributes: [ATTR_SYSTEM_MEMORY_STATE],
  },
  {
    name: 'system.memory.limit',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Memory of the host.',
    attributes: [],
  },
  {
    name: 'system.filesystem.usage',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Space of the file system that holds the working directory, by state.',
    attributes: [ATTR_SYSTEM_FILESYSTEM_MOUNTPOINT, ATTR_SYSTEM_FILESYSTEM_STATE],
  },
  {
    name: 'system.filesystem.limit',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Size of the file system that holds the working directory.',
    attributes: [ATTR_SYSTEM_FILESYSTEM_MOUNTPOINT],
  },
  {
    name: 'system.disk.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes the disks of the host transferred; partitions are part of their disk (Linux).',
    attributes: DEVICE,
  },
  {
    name: 'system.disk.operations',
    kind: 'counter',
    unit: '{operation}',
    description: 'Operations the disks of the host completed (Linux).',
    attributes: DEVICE,
  },
  {
    name: 'system.network.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes over the network interfaces the process sees, without loopback (Linux).',
    attributes: INTERFACE,
  },
  {
    name: 'system.network.errors',
    kind: 'counter',
    unit: '{error}',
    description: 'Network errors of those interfaces (Linux).',
    attributes: INTERFACE,
  },
  {
    name: 'system.network.packet.dropped',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets those interfaces dropped although there was no error (Linux).',
    attributes: INTERFACE,
  },
  {
    name: 'container.memory.working_set',
    kind: 'updowncounter',
    unit: 'By',
    description:
      'Memory of the control group that limits the process, without file pages that can be dropped at once (Linux).',
    attributes: [],
  },
  {
    name: 'container.memory.available',
    kind: 'updowncounter',
    unit: 'By',
    description: 'Limit of that control group less its working set.',
    attributes: [],
  },
];
