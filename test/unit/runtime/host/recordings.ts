import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Files of a machine with two CPUs, one disk and one real interface, as Linux 6.18 shows them. */
export const LINUX: Readonly<Record<string, string>> = {
  'proc/stat': `cpu  8909 1465 2711 148511 370 30 73 10 500 0
cpu0 3977 620 1153 75250 24 10 11 2 0 0
cpu1 4931 844 1557 73261 345 20 62 8 0 0
intr 12345 0 0
ctxt 99
`,
  'proc/meminfo': `MemTotal:       24684092 kB
MemFree:        24271860 kB
MemAvailable:   24296244 kB
Buffers:           12016 kB
`,
  'proc/loadavg': '0.52 0.11 0.08 1/123 4567\n',
  'proc/uptime': '720.25 1400.10\n',
  'proc/diskstats': `   7       0 loop0 5 0 40 0 0 0 0 0 0 0 0
 254       0 vda 72074 10493 3171002 15789 13978 52703 3611280 6778 0 6232 22970 4464 82 503904 347 1448 55
 254       1 vda1 72000 10000 3171000 15000 13000 52000 3611000 6000 0 6000 22000
 259       0 nvme0n1 10 0 80 1 20 0 160 1 0 1 2
 259       1 nvme0n1p1 10 0 80 1 20 0 160 1 0 1 2
 253       0 dm-0 10 0 80 1 20 0 160 1 0 1 2
   8      16 sdb 0 0 0 0 0 0 0 0 0 0 0
`,
  'proc/self/net/dev': `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1664667    1509    0    0    0     0          0         0  1664667    1509    0    0    0     0       0          0
  ifb0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
veth12ab:  500       5    0    0    0     0          0         0      500       5    0    0    0     0       0          0
  eth0:365834084    8227    3    4    0     0          0         0   619651    5182    1    2    0     0       0          0
`,
  'proc/self/io':
    'rchar: 7127\nwchar: 151\nsyscr: 12\nsyscw: 1\nread_bytes: 8192\nwrite_bytes: 4096\ncancelled_write_bytes: 0\n',
};

export interface RecordedRoot {
  readonly path: string;
  remove(): Promise<void>;
}

/** A folder that stands for `/`, with those files. */
export async function recordedRoot(files: Readonly<Record<string, string>>): Promise<RecordedRoot> {
  const path = await mkdtemp(join(tmpdir(), 'recorded-host-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
