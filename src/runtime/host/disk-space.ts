import type { StatsFs } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Space of one file system. `free` may be used by this process; what is kept for the administrator is `reserved`. */
export interface DiskSpace {
  readonly mountpoint: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly reservedBytes: number;
}

/** Space of the file system that holds a folder. Asks off the event loop; a network mount that hangs holds one pool thread. */
export class DiskSpaceReader {
  readonly #folder: () => string;
  #mountpoint: string | undefined;
  #latest: DiskSpace | undefined;
  #reading = false;

  /** @param folder asked at the first reading; may throw */
  constructor(folder: () => string) {
    this.#folder = folder;
  }

  /** What the last reading gave; `undefined` where the folder is gone or the system does not tell. */
  get latest(): DiskSpace | undefined {
    return this.#latest;
  }

  /** Starts a reading unless one is under way; never rejects. */
  async refresh(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      this.#mountpoint ??= await mountpointOf(this.#folder());
      this.#latest = spaceOf(this.#mountpoint, await statfs(this.#mountpoint));
    } catch {
      this.#latest = undefined;
    } finally {
      this.#reading = false;
    }
  }
}

function spaceOf(mountpoint: string, { bsize, blocks, bfree, bavail }: StatsFs): DiskSpace | undefined {
  if (!(bsize > 0 && blocks > 0)) return undefined;
  return {
    mountpoint,
    totalBytes: blocks * bsize,
    freeBytes: bavail * bsize,
    reservedBytes: Math.max(0, bfree - bavail) * bsize,
  };
}

/** The topmost folder on the same device: works on every system without reading its table of mounts. */
async function mountpointOf(folder: string): Promise<string> {
  const { dev } = await stat(folder);
  let mountpoint = folder;
  for (let parent = dirname(folder); parent !== mountpoint; parent = dirname(parent)) {
    if ((await stat(parent)).dev !== dev) return mountpoint;
    mountpoint = parent;
  }
  return mountpoint;
}
