import { afterEach, describe, expect, it } from 'vitest';
import { ContainerMemoryReader } from '../../../../src/runtime/host/container-memory.ts';
import { HostReader } from '../../../../src/runtime/host/host-reader.ts';
import { LINUX, type RecordedRoot, recordedRoot } from './recordings.ts';

let root: RecordedRoot | undefined;
afterEach(() => root?.remove());

async function read(files: Readonly<Record<string, string>>) {
  root = await recordedRoot(files);
  return new ContainerMemoryReader(root.path).read();
}

const NO_LIMIT_V1 = '9223372036854771712\n';

/** Files of one group of version 2. */
function v2(path: string, [limit, used, inactive]: readonly [string, number, number]): Record<string, string> {
  return {
    [`sys/fs/cgroup${path}/memory.max`]: `${limit}\n`,
    [`sys/fs/cgroup${path}/memory.current`]: `${used}\n`,
    [`sys/fs/cgroup${path}/memory.stat`]: `anon 1\nfile 2\ninactive_file ${inactive}\nactive_file 3\n`,
  };
}

describe('the memory limit of the container', () => {
  it('is read in version 2 inside a container, where the own group is the root of the mount', async () => {
    const files = { 'proc/self/cgroup': '0::/\n', ...v2('', ['536870912', 300_000_000, 100_000_000]) };
    const expected = { limitBytes: 536870912, usedBytes: 300_000_000, workingSetBytes: 200_000_000 };
    expect(await read(files)).toEqual(expected);
  });

  it('is the smallest one on the way up in version 2, with the usage of the group that has it', async () => {
    const files = {
      'proc/self/cgroup': '0::/system.slice/app.service/worker\n',
      ...v2('/system.slice/app.service/worker', ['max', 10, 0]),
      ...v2('/system.slice/app.service', ['1000', 700, 50]),
      ...v2('/system.slice', ['5000', 4000, 0]),
    };
    expect(await read(files)).toEqual({ limitBytes: 1000, usedBytes: 700, workingSetBytes: 650 });
  });

  it('is read in version 1, also where the path is that of the host and the mount shows the container', async () => {
    const group = {
      'memory.limit_in_bytes': '1000\n',
      'memory.usage_in_bytes': '900\n',
      'memory.stat': 'inactive_file 1\ntotal_inactive_file 400\n',
    };
    for (const at of ['sys/fs/cgroup/memory/docker/0123', 'sys/fs/cgroup/memory']) {
      const files = Object.entries(group).map(([name, text]) => [`${at}/${name}`, text]);
      const found = await read({
        'proc/self/cgroup': '9:name=systemd:/\n4:cpu,memory:/docker/0123\n0::/\n',
        ...Object.fromEntries(files),
      });
      expect(found, at).toEqual({ limitBytes: 1000, usedBytes: 900, workingSetBytes: 500 });
      await root?.remove();
    }
  });

  it('is absent without one: version 1, version 2, no control groups at all, and a path that leads outside', async () => {
    const none = [
      {
        'proc/self/cgroup': '4:memory:/\n',
        'sys/fs/cgroup/memory/memory.limit_in_bytes': NO_LIMIT_V1,
        'sys/fs/cgroup/memory/memory.usage_in_bytes': '5\n',
      },
      { 'proc/self/cgroup': '0::/\n', ...v2('', ['max', 5, 0]) },
      { 'proc/self/cgroup': '0::/../../x\n' },
      { 'proc/self/cgroup': '' },
      {},
    ];
    for (const files of none) {
      expect(await read(files)).toBeUndefined();
      await root?.remove();
    }
  });

  it('is absent when it is more than the machine has', async () => {
    root = await recordedRoot({ ...LINUX, 'proc/self/cgroup': '0::/\n', ...v2('', ['99999999999999', 5, 0]) });
    expect((await new HostReader({ platform: 'linux', root: root.path }).read()).container).toBeUndefined();
  });
});
