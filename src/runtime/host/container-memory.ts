import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Memory of the control group that limits this process most. */
export interface ContainerMemory {
  readonly limitBytes: number;
  readonly usedBytes: number;
  /** What the kernel cannot drop at once: used less inactive file pages. The limit kills when this reaches it. */
  readonly workingSetBytes: number;
}

interface GroupFiles {
  readonly limit: string;
  readonly usage: string;
  readonly inactiveFile: RegExp;
}

const V2: GroupFiles = { limit: 'memory.max', usage: 'memory.current', inactiveFile: /^inactive_file (\d+)$/m };
const V1: GroupFiles = {
  limit: 'memory.limit_in_bytes',
  usage: 'memory.usage_in_bytes',
  inactiveFile: /^total_inactive_file (\d+)$/m,
};

/** Without a limit version 1 shows the largest number of pages there is; nothing real is beyond this. */
const UNLIMITED_BYTES = 2 ** 60;
/** Deeper than any hierarchy of containers; bounds the walk. */
const MAX_DEPTH = 16;

/**
 * Finds the memory limit around this process in the control groups of Linux, version 2 or 1.
 *
 * A process is limited by its group and by every group above: the smallest limit counts, with the usage of the same group. Inside a
 * container the path in `/proc/self/cgroup` may be the host's while the mount shows the container's own group as its root; a
 * group that does not exist is therefore passed over on the way up, and the root of the mount is the last that is asked.
 */
export class ContainerMemoryReader {
  readonly #root: string;
  #groups: { readonly paths: readonly string[]; readonly files: GroupFiles } | undefined;

  /** @param root folder that stands for `/` */
  constructor(root: string) {
    this.#root = root;
  }

  /** `undefined` where no limit is set, or none can be seen. Never rejects. */
  async read(): Promise<ContainerMemory | undefined> {
    try {
      this.#groups ??= await this.#find();
      const { paths, files } = this.#groups;
      let tightest: { path: string; limitBytes: number } | undefined;
      for (const path of paths) {
        const limitBytes = Number.parseInt(await textOf(join(path, files.limit)), 10);
        if (!(limitBytes > 0) || limitBytes >= UNLIMITED_BYTES) continue;
        if (tightest === undefined || limitBytes < tightest.limitBytes) tightest = { path, limitBytes };
      }
      return tightest && (await usageOf(tightest.path, tightest.limitBytes, files));
    } catch {
      return undefined;
    }
  }

  async #find(): Promise<{ paths: readonly string[]; files: GroupFiles }> {
    const membership = await readFile(join(this.#root, 'proc/self/cgroup'), 'utf8');
    const mount = join(this.#root, 'sys/fs/cgroup');
    const v1 = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(membership)?.[1];
    if (v1 !== undefined) return { paths: upwards(join(mount, 'memory'), v1), files: V1 };
    const v2 = /^0::(.*)$/m.exec(membership)?.[1] ?? '/';
    return { paths: upwards(mount, v2), files: V2 };
  }
}

/** The group and all above it, up to the mount. A path that leads out of the mount is none. */
function upwards(mount: string, group: string): string[] {
  const paths: string[] = [];
  let path = group.includes('..') ? mount : join(mount, group);
  while (path.length > mount.length && paths.length < MAX_DEPTH) {
    paths.push(path);
    path = dirname(path);
  }
  return [...paths.map((each) => each.replace(/\/$/, '')), mount];
}

async function usageOf(path: string, limitBytes: number, files: GroupFiles): Promise<ContainerMemory | undefined> {
  const usedBytes = Number.parseInt(await textOf(join(path, files.usage)), 10);
  if (!Number.isFinite(usedBytes)) return undefined;
  const inactive = Number(files.inactiveFile.exec(await textOf(join(path, 'memory.stat')))?.[1] ?? 0);
  return { limitBytes, usedBytes, workingSetBytes: Math.max(0, usedBytes - inactive) };
}

/** Empty where there is no such file: the group is not there, or the root of all, which has no limit. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
