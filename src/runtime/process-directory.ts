import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What only the operating system knows about this process; `undefined` where it does not tell. */
export interface ProcessCounts {
  readonly threads: number | undefined;
  readonly fileDescriptors: number | undefined;
}

const UNKNOWN: ProcessCounts = { threads: undefined, fileDescriptors: undefined };

/** Listing descriptors costs time per descriptor; old kernels, which offer nothing else, are asked this rarely. */
const LISTINGS_EVERY = 15;

/**
 * Thread and descriptor counts from the process directory of Linux, read off the event loop.
 *
 * The counts stand in the directories' own metadata: `task` has one link per thread (and two of its own), and since Linux 6.2
 * the size of `fd` is the number of descriptors. So a reading costs two `stat` calls, whatever the counts are. Where the
 * directory cannot be read (other systems, permissions) the first attempt is the last; a later failure keeps the last figures.
 */
export class ProcessDirectory {
  readonly #path: string;
  #counts = UNKNOWN;
  #reading = false;
  #readable = true;
  #untilListing = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The last figures read. */
  get counts(): ProcessCounts {
    return this.#counts;
  }

  /** Starts a reading unless one is under way; never rejects. */
  async refresh(): Promise<void> {
    if (this.#reading || !this.#readable) return;
    this.#reading = true;
    try {
      const task = await stat(join(this.#path, 'task'));
      const threads = task.nlink > 2 ? task.nlink - 2 : undefined;
      this.#counts = { threads, fileDescriptors: await this.#countDescriptors() };
    } catch {
      this.#readable = this.#counts !== UNKNOWN;
    } finally {
      this.#reading = false;
    }
  }

  async #countDescriptors(): Promise<number> {
    const directory = join(this.#path, 'fd');
    const { size } = await stat(directory);
    if (size > 0) return size;
    const last = this.#counts.fileDescriptors;
    this.#untilListing -= 1;
    if (last !== undefined && this.#untilListing > 0) return last;
    this.#untilListing = LISTINGS_EVERY;
    const listed = await readdir(directory);
    // The listing holds the descriptor it is read through.
    return listed.length - 1;
  }
}
