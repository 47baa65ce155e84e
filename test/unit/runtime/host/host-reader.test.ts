import { afterEach, describe, expect, it } from 'vitest';
import { HostReader, type OperatingSystem } from '../../../../src/runtime/host/host-reader.ts';
import { verifies } from '../../../support/verifies.ts';
import { LINUX, type RecordedRoot, recordedRoot } from './recordings.ts';

let root: RecordedRoot | undefined;
afterEach(() => root?.remove());

async function readLinux(files: Readonly<Record<string, string>>) {
  root = await recordedRoot(files);
  return new HostReader({ platform: 'linux', root: root.path, os: untouchable }).read();
}

/** On Linux every one of these opens a file synchronously. */
const untouchable = new Proxy({} as OperatingSystem, {
  get: (_target, name) => {
    throw new Error(`os.${String(name)} was asked`);
  },
});

/** As recorded on a machine with two CPUs; `cpus` in milliseconds. */
function recordedOs(overrides: Partial<OperatingSystem> = {}): OperatingSystem {
  const cpu = { model: 'x', speed: 0, times: { user: 1000, nice: 0, sys: 500, idle: 8500, irq: 250 } };
  return {
    cpus: () => [cpu, cpu],
    totalmem: () => 16 * 1024 ** 3,
    freemem: () => 4 * 1024 ** 3,
    loadavg: () => [1.5, 1.25, 1],
    uptime: () => 3600,
    ...overrides,
  };
}

describe('the host reader on Linux', () => {
  it('reads CPU, memory, load, uptime, disks, interfaces and own disk traffic from recorded files', async () => {
    verifies('RES-01');
    expect(await readLinux(LINUX)).toEqual({
      cpus: {
        logicalCount: 2,
        seconds: { user: 89.09, nice: 14.65, system: 27.11, idle: 1485.11, iowait: 3.7, interrupt: 1.03, steal: 0.1 },
      },
      memory: { totalBytes: 24684092 * 1024, availableBytes: 24296244 * 1024 },
      loadAverage: [0.52, 0.11, 0.08],
      uptimeSeconds: 720.25,
      disks: [
        { name: 'vda', bytes: { in: 3171002 * 512, out: 3611280 * 512 }, operations: { in: 72074, out: 13978 } },
        { name: 'nvme0n1', bytes: { in: 80 * 512, out: 160 * 512 }, operations: { in: 10, out: 20 } },
      ],
      interfaces: [
        {
          name: 'eth0',
          bytes: { in: 365834084, out: 619651 },
          errors: { in: 3, out: 1 },
          dropped: { in: 4, out: 2 },
        },
      ],
      processIo: { in: 8192, out: 4096 },
      container: undefined,
    });
  });

  it('takes a partition for a disk where a container sees it alone', async () => {
    const { disks } = await readLinux({ 'proc/diskstats': ' 202 1 xvda1 1 0 8 0 1 0 8 0 0 0 0\n' });
    expect(disks?.map(({ name }) => name)).toEqual(['xvda1']);
  });

  it('gives every disk and interface a label, but not more than 16 of them', async () => {
    const many = (line: (index: number) => string) => Array.from({ length: 40 }, (_, index) => line(index)).join('\n');
    const { disks, interfaces } = await readLinux({
      'proc/diskstats': many((index) => ` 8 ${index} nvme${index}n1 1 0 8 0 1 0 8 0 0 0 0`),
      'proc/self/net/dev': many((index) => ` eth${index}: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0`),
    });
    expect([disks?.length, interfaces?.length]).toEqual([16, 16]);
  });

  it('leaves out what is not there, unreadable or garbage, and never rejects', async () => {
    const garbage = Object.fromEntries(Object.keys(LINUX).map((name) => [name, 'garbage\0\n: : :\n']));
    for (const files of [{}, garbage]) {
      const { disks = [], interfaces = [], ...rest } = await readLinux(files);
      expect([...disks, ...interfaces]).toEqual([]);
      expect(Object.values(rest).every((figure) => figure === undefined)).toBe(true);
      await root?.remove();
    }
  });

  it('does without available memory on a kernel that does not estimate it', async () => {
    const { memory } = await readLinux({ 'proc/meminfo': 'MemTotal:  1024 kB\nMemFree: 512 kB\n' });
    expect(memory).toEqual({ totalBytes: 1024 * 1024, availableBytes: undefined });
  });
});

describe('the host reader elsewhere', () => {
  it('gives on macOS what Node tells, and no available memory, which Node does not know there', async () => {
    const reading = await new HostReader({ platform: 'darwin', root: '/nowhere', os: recordedOs() }).read();
    expect(reading).toEqual({
      cpus: {
        logicalCount: 2,
        seconds: { user: 2, nice: 0, system: 1, idle: 17, interrupt: 0.5, iowait: 0, steal: 0 },
      },
      memory: { totalBytes: 16 * 1024 ** 3, availableBytes: undefined },
      loadAverage: [1.5, 1.25, 1],
      uptimeSeconds: 3600,
    });
  });

  it('gives on Windows the available memory, and no load average, which is zero there', async () => {
    const os = recordedOs({ loadavg: () => [0, 0, 0] });
    const reading = await new HostReader({ platform: 'win32', root: 'Z:\\', os }).read();
    expect(reading.memory?.availableBytes).toBe(4 * 1024 ** 3);
    expect(reading.loadAverage).toBeUndefined();
  });

  it('gives nothing where Node refuses, and does not reject', async () => {
    const os = recordedOs({
      uptime: () => {
        throw new Error('not permitted');
      },
    });
    expect(await new HostReader({ platform: 'freebsd', os }).read()).toEqual({});
    const noCpus = await new HostReader({ platform: 'openbsd', os: recordedOs({ cpus: () => [] }) }).read();
    expect(noCpus.cpus).toBeUndefined();
  });
});
