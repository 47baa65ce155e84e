import { closeSync, openSync, readSync } from 'node:fs';

/** Two sums of nanoseconds and a count: at most three numbers of twenty digits. */
const MAX_BYTES = 64;
const NANOSECONDS = 1e6;

/** Milliseconds since the thread began. */
export interface ProcessorTimes {
  readonly ranMs: number;
  /** Ready to run, without a processor. */
  readonly waitedMs: number;
}

/**
 * How long this thread has run, and how long it has been ready to run without getting a processor, from the scheduler's own account (`schedstat` of Linux: time on
 * a processor, time waiting for one, turns). Other systems do not tell, and neither do kernels built without it.
 *
 * A reading is one system call on memory of the kernel, a few microseconds.
 */
export class ProcessorWait {
  readonly #buffer = Buffer.alloc(MAX_BYTES);
  #file: number | undefined;

  /** @param path default that of the thread which creates it */
  constructor(path = '/proc/thread-self/schedstat') {
    try {
      this.#file = openSync(path, 'r');
    } catch {
      // Not Linux, or not allowed: nothing is known.
    }
  }

  /** Both sums; `undefined` where nobody knows. Never throws. */
  read(): ProcessorTimes | undefined {
    if (this.#file === undefined) return undefined;
    try {
      const length = readSync(this.#file, this.#buffer, 0, MAX_BYTES, 0);
      const [ran, waited] = this.#buffer.toString('latin1', 0, length).split(' ').map(Number);
      if (ran === undefined || waited === undefined || !Number.isFinite(ran + waited)) return undefined;
      return { ranMs: ran / NANOSECONDS, waitedMs: waited / NANOSECONDS };
    } catch {
      this.close();
      return undefined;
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
