import type { ContainerMemory } from './container-memory.ts';
import type { DiskSpace } from './disk-space.ts';
import type { HostCpus, HostMemory, LoadAverage, NetworkInterface } from './proc-text.ts';
import { type ByDirection, CPU_MODES, type CpuMode, type CpuTimes, type Disk } from './proc-text.ts';

/** What one reading of the host gave; every figure is absent where the platform does not tell. */
export interface HostReading {
  readonly uptimeSeconds?: number | undefined;
  readonly cpus?: HostCpus | undefined;
  readonly memory?: HostMemory | undefined;
  readonly loadAverage?: LoadAverage | undefined;
  readonly disks?: readonly Disk[] | undefined;
  readonly interfaces?: readonly NetworkInterface[] | undefined;
  /** Bytes this process itself made the disks read and write. */
  readonly processIo?: ByDirection | undefined;
  readonly container?: ContainerMemory | undefined;
}

/** A reading with what only two of them tell. */
export interface HostSample extends HostReading {
  /** Reading of the clock, milliseconds. */
  readonly takenAtMs: number;
  /** Shares of all CPUs over the time since the sample before, 0 to 1 each, adding up to 1. */
  readonly cpuShares?: CpuTimes | undefined;
  /** Of the file system that holds the working directory. */
  readonly diskSpace?: DiskSpace | undefined;
  /** Bytes per second over all disks and all interfaces. */
  readonly diskRate?: ByDirection | undefined;
  readonly networkRate?: ByDirection | undefined;
}

/** Adds shares and rates; both are absent in the first sample, when the clock stood still and when a counter was reset. */
export function deriveSample(nowMs: number, reading: HostReading, before: HostSample | undefined): HostSample {
  const seconds = before === undefined ? 0 : (nowMs - before.takenAtMs) / 1000;
  return {
    ...reading,
    takenAtMs: nowMs,
    cpuShares: sharesOf(reading.cpus?.seconds, before?.cpus?.seconds),
    diskRate: rateOf(reading.disks, before?.disks, seconds),
    networkRate: rateOf(reading.interfaces, before?.interfaces, seconds),
  };
}

/** Share of each mode in the CPU time that has passed; independent of when exactly the file was read. */
export function sharesOf(now: CpuTimes | undefined, before: CpuTimes | undefined): CpuTimes | undefined {
  if (now === undefined || before === undefined) return undefined;
  // The kernel may take back iowait and steal by a tick.
  const passed = (mode: CpuMode): number => Math.max(0, now[mode] - before[mode]);
  const total = CPU_MODES.reduce((sum, mode) => sum + passed(mode), 0);
  if (!(total > 0)) return undefined;
  return Object.fromEntries(CPU_MODES.map((mode) => [mode, passed(mode) / total])) as Record<CpuMode, number>;
}

type Counted = readonly { readonly name: string; readonly bytes: ByDirection }[] | undefined;

function rateOf(now: Counted, before: Counted, seconds: number): ByDirection | undefined {
  if (now === undefined || before === undefined || !(seconds > 0)) return undefined;
  const earlier = new Map(before.map(({ name, bytes }) => [name, bytes]));
  let [received, sent] = [0, 0];
  for (const { name, bytes } of now) {
    const then = earlier.get(name);
    // A device that has just appeared, or begins to count anew, has no rate yet.
    if (then === undefined || bytes.in < then.in || bytes.out < then.out) continue;
    received += bytes.in - then.in;
    sent += bytes.out - then.out;
  }
  return { in: received / seconds, out: sent / seconds };
}
