import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDiag } from '../../../../src/core/diag.ts';
import { DiskSpaceReader } from '../../../../src/runtime/host/disk-space.ts';
import { deriveSample, type HostReading, sharesOf } from '../../../../src/runtime/host/host-sample.ts';
import { HostSampler } from '../../../../src/runtime/host/host-sampler.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const ZERO = { user: 0, nice: 0, system: 0, idle: 0, iowait: 0, interrupt: 0, steal: 0 };
const disk = (name: string, read: number, written: number) => ({
  name,
  bytes: { in: read, out: written },
  operations: { in: 0, out: 0 },
});
const noSpace = { latest: undefined, refresh: async () => {} };

function samplerOf(readings: readonly (() => Promise<HostReading>)[]) {
  const clock = new FakeClock();
  const lines: string[] = [];
  let asked = 0;
  const reader = { read: () => (readings[asked++] ?? (() => Promise.resolve({})))() };
  const diag = createDiag({ clock, sink: (line) => lines.push(line) });
  return { clock, lines, asked: () => asked, sampler: new HostSampler({ clock, diag, reader, diskSpace: noSpace }) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the host sampler', () => {
  it('reads at once and every 5 s, and derives utilisation and rates from two readings', async () => {
    const cpus = (user: number, idle: number) => ({ logicalCount: 4, seconds: { ...ZERO, user, idle } });
    const { clock, sampler } = samplerOf([
      async () => ({ cpus: cpus(100, 1000), disks: [disk('a', 1000, 0)], uptimeSeconds: 1 }),
      async () => ({ cpus: cpus(105, 1015), disks: [disk('a', 6000, 500), disk('new', 999, 999)], uptimeSeconds: 6 }),
    ]);
    expect(sampler.snapshot()).toBeUndefined();
    sampler.start();
    await settled();
    expect(sampler.snapshot()).toMatchObject({ cpus: 4, cpuUtilization: undefined, diskReadBytesPerSecond: undefined });
    clock.advance(4999);
    await settled();
    expect(sampler.snapshot()?.uptimeSeconds).toBe(1);
    clock.advance(1);
    await settled();
    expect(sampler.snapshot()).toMatchObject({
      cpuUtilization: 0.25,
      diskReadBytesPerSecond: 1000,
      diskWriteBytesPerSecond: 100,
      networkErrors: undefined,
    });
    sampler.stop();
    clock.advance(60_000);
    expect(sampler.snapshot()?.uptimeSeconds).toBe(6);
  });

  it('never starts a reading while one is under way, and keeps the last figures meanwhile', async () => {
    let answer = (_reading: HostReading): void => {};
    const slow = () => new Promise<HostReading>((resolve) => (answer = resolve));
    const { clock, sampler, asked } = samplerOf([async () => ({ uptimeSeconds: 1 }), slow]);
    sampler.start();
    await settled();
    clock.advance(600_000);
    await settled();
    expect(asked()).toBe(2);
    expect(sampler.snapshot()?.uptimeSeconds).toBe(1);
    answer({ uptimeSeconds: 9 });
    await settled();
    expect(sampler.snapshot()?.uptimeSeconds).toBe(9);
    clock.advance(5000);
    expect(asked()).toBe(3);
    sampler.stop();
  });

  it('contains a reading that fails and says so', async () => {
    const { lines, sampler } = samplerOf([() => Promise.reject(new Error('reading of the test'))]);
    await sampler.refresh();
    expect(sampler.latest()).toBeUndefined();
    expect(lines).toEqual([expect.stringContaining('reading of the test')]);
  });
});

describe('shares and rates of the host', () => {
  it('are absent when no CPU time has passed, when the clock stood still, and for a counter that began anew', () => {
    expect(sharesOf(ZERO, ZERO)).toBeUndefined();
    expect(sharesOf(ZERO, undefined)).toBeUndefined();
    const before = deriveSample(1000, { disks: [disk('a', 100, 100)] }, undefined);
    expect(deriveSample(1000, { disks: [disk('a', 200, 200)] }, before).diskRate).toBeUndefined();
    expect(deriveSample(2000, { disks: [disk('a', 5, 200)] }, before).diskRate).toEqual({ in: 0, out: 0 });
  });

  it('ignore a mode that the kernel takes back, and add up to 1', () => {
    const shares = sharesOf({ ...ZERO, user: 3, idle: 1, iowait: 1 }, { ...ZERO, iowait: 5 });
    expect(shares).toMatchObject({ user: 0.75, idle: 0.25, iowait: 0 });
  });
});

describe('the space of a file system', () => {
  it('is that of the folder, labelled with the topmost folder on the same device', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'disk-space-'));
    try {
      await mkdir(join(folder, 'a/b'), { recursive: true });
      const reader = new DiskSpaceReader(() => join(folder, 'a/b'));
      await reader.refresh();
      const { blocks, bsize } = await statfs(folder);
      expect(reader.latest?.totalBytes).toBe(blocks * bsize);
      expect(folder.startsWith(reader.latest?.mountpoint ?? 'none')).toBe(true);
      expect(reader.latest?.freeBytes).toBeLessThanOrEqual(blocks * bsize);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is absent where the folder is gone', async () => {
    const reader = new DiskSpaceReader(() => join(tmpdir(), 'no such folder'));
    await reader.refresh();
    expect(reader.latest).toBeUndefined();
  });
});
