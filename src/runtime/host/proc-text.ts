/**
 * Readers of the texts Linux gives under `/proc`. Each takes the text of one file and gives `undefined` (or leaves a row out)
 * where it does not hold what it should: absent is better than wrong.
 */

/** CPU seconds of the host over all CPUs, by the modes of the conventions. */
export type CpuTimes = Readonly<Record<CpuMode, number>>;
export const CPU_MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'interrupt', 'steal'] as const;
export type CpuMode = (typeof CPU_MODES)[number];

/** `/proc/stat` counts in ticks of 1/100 s on every architecture (`USER_HZ`). */
const TICKS_PER_SECOND = 100;
const SECTOR_BYTES = 512;
const KIB = 1024;

export interface HostCpus {
  readonly logicalCount: number;
  readonly seconds: CpuTimes;
}

/** `/proc/stat`: the line over all CPUs, and how many there are. Guest time is part of user time already. */
export function parseStat(text: string): HostCpus | undefined {
  const line = /^cpu +(.+)$/m.exec(text)?.[1];
  const logicalCount = text.match(/^cpu\d+ /gm)?.length ?? 0;
  const ticks = line?.split(/\s+/).map(Number) ?? [];
  if (logicalCount === 0 || ticks.length < 4 || !ticks.every(Number.isFinite)) return undefined;
  const seconds = (index: number): number => (ticks[index] ?? 0) / TICKS_PER_SECOND;
  return {
    logicalCount,
    seconds: {
      user: seconds(0),
      nice: seconds(1),
      system: seconds(2),
      idle: seconds(3),
      iowait: seconds(4),
      interrupt: seconds(5) + seconds(6),
      steal: seconds(7),
    },
  };
}

export interface HostMemory {
  readonly totalBytes: number;
  /** What could be used without swapping; `undefined` where the system does not tell. */
  readonly availableBytes: number | undefined;
}

/** `/proc/meminfo`; kernels before 3.14 do not estimate what is available. */
export function parseMeminfo(text: string): HostMemory | undefined {
  const bytes = (key: string): number | undefined => {
    const kib = new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(text)?.[1];
    return kib === undefined ? undefined : Number(kib) * KIB;
  };
  const totalBytes = bytes('MemTotal');
  return totalBytes === undefined ? undefined : { totalBytes, availableBytes: bytes('MemAvailable') };
}

/** `/proc/loadavg`: over 1, 5 and 15 minutes. */
export type LoadAverage = readonly [number, number, number];

export function parseLoadavg(text: string): LoadAverage | undefined {
  const [one, five, fifteen] = text.split(' ', 3).map(Number.parseFloat);
  if (!isNumber(one) || !isNumber(five) || !isNumber(fifteen)) return undefined;
  return [one, five, fifteen];
}

/** `/proc/uptime`: seconds since the boot. */
export function parseUptime(text: string): number | undefined {
  const seconds = Number.parseFloat(text);
  return isNumber(seconds) ? seconds : undefined;
}

export interface ByDirection {
  readonly in: number;
  readonly out: number;
}

export interface NetworkInterface {
  readonly name: string;
  readonly bytes: ByDirection;
  readonly errors: ByDirection;
  readonly dropped: ByDirection;
}

/** Ends of container links, loopback and queueing devices: what they carry, another interface counts too. */
const NOT_AN_INTERFACE = /^(?:lo|veth.*|ifb\d+|docker\d+|br-.*|virbr\d+|cni\d+|flannel.*|cali.*)$/;
/** A host may have any number of interfaces and disks; each is a label value. */
const MAX_DEVICES = 16;

/** `/proc/net/dev`: interfaces of the network name space of the process that have carried anything, at most 16. */
export function parseNetDev(text: string): readonly NetworkInterface[] {
  const interfaces: NetworkInterface[] = [];
  for (const [, name = '', rest = ''] of text.matchAll(/^ *([^\s:]+): *(.+)$/gm)) {
    const [inBytes, , inErrors, inDropped, , , , , outBytes, , outErrors, outDropped] = rest
      .trim()
      .split(/\s+/)
      .map(Number);
    if (!isNumber(inBytes) || !isNumber(inErrors) || !isNumber(inDropped)) continue;
    if (!isNumber(outBytes) || !isNumber(outErrors) || !isNumber(outDropped)) continue;
    if (NOT_AN_INTERFACE.test(name) || inBytes + outBytes === 0) continue;
    interfaces.push({
      name,
      bytes: { in: inBytes, out: outBytes },
      errors: { in: inErrors, out: outErrors },
      dropped: { in: inDropped, out: outDropped },
    });
  }
  return interfaces.slice(0, MAX_DEVICES);
}

export interface Disk {
  readonly name: string;
  /** `in` is read, `out` is written. */
  readonly bytes: ByDirection;
  readonly operations: ByDirection;
}

/** Devices in memory, on files, and stacked on others (`dm-`, `md`), whose traffic their disks count too. */
const NOT_A_DISK = /^(?:loop|ram|zram|sr|fd|dm-|md)\d+$/;
const PARTITION = /^((?:nvme\d+n\d+|mmcblk\d+|nbd\d+)p\d+|(?:[shv]d[a-z]+|xvd[a-z]+)\d+)$/;

/** `/proc/diskstats`: whole disks that have moved anything, at most 16. */
export function parseDiskstats(text: string): readonly Disk[] {
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/));
  const names = new Set(rows.map(([, , name]) => name));
  const disks: Disk[] = [];
  for (const [, , name = '', ...figures] of rows) {
    const [reads, , sectorsRead, , writes, , sectorsWritten] = figures.map(Number);
    if (!isNumber(reads) || !isNumber(sectorsRead) || !isNumber(writes) || !isNumber(sectorsWritten)) continue;
    // A container may see a partition without its disk (`xvda1` alone): then it is the disk.
    const isPart = PARTITION.test(name) && names.has(name.replace(/p?\d+$/, ''));
    if (NOT_A_DISK.test(name) || isPart || reads + writes === 0) continue;
    disks.push({
      name,
      bytes: { in: sectorsRead * SECTOR_BYTES, out: sectorsWritten * SECTOR_BYTES },
      operations: { in: reads, out: writes },
    });
  }
  return disks.slice(0, MAX_DEVICES);
}

/** `/proc/self/io`: bytes the process made the disks read and write, page cache excluded. */
export function parseProcessIo(text: string): ByDirection | undefined {
  const read = /^read_bytes: (\d+)$/m.exec(text)?.[1];
  const written = /^write_bytes: (\d+)$/m.exec(text)?.[1];
  return read === undefined || written === undefined ? undefined : { in: Number(read), out: Number(written) };
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}
