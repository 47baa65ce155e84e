import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProcessDirectory } from '../../../src/runtime/process-directory.ts';

const onLinux = describe.runIf(process.platform === 'linux');

onLinux('the process directory of Linux', () => {
  it('counts the threads and the descriptors of this process', async () => {
    const directory = new ProcessDirectory('/proc/self');
    await directory.refresh();
    const before = directory.counts;
    expect(before.threads).toBeGreaterThan(1);
    const files = await Promise.all(Array.from({ length: 25 }, () => open(import.meta.filename)));
    try {
      await directory.refresh();
      expect(directory.counts.fileDescriptors).toBeGreaterThanOrEqual((before.fileDescriptors ?? Number.NaN) + 20);
    } finally {
      await Promise.all(files.map((file) => file.close()));
    }
  });
});

describe('a process directory', () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'process-directory-'));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));

  it('that does not exist tells nothing, and is not asked again', async () => {
    const directory = new ProcessDirectory(join(path, 'absent'));
    await directory.refresh();
    expect(directory.counts).toEqual({ threads: undefined, fileDescriptors: undefined });
    await mkdir(join(path, 'absent', 'task'), { recursive: true });
    await mkdir(join(path, 'absent', 'fd'));
    await directory.refresh();
    expect(directory.counts).toEqual({ threads: undefined, fileDescriptors: undefined });
  });

  it('that becomes unreadable keeps its last figures', async () => {
    await mkdir(join(path, 'task'));
    await mkdir(join(path, 'fd'));
    await writeFile(join(path, 'fd', '0'), '');
    const directory = new ProcessDirectory(path);
    await directory.refresh();
    const before = directory.counts;
    expect(before.fileDescriptors).toBeDefined();
    await rm(join(path, 'fd'), { recursive: true });
    await directory.refresh();
    expect(directory.counts).toEqual(before);
  });
});
