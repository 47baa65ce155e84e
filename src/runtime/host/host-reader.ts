import { readFile } from 'node:fs/promises';
import { cpus, freemem, loadavg, totalmem, uptime } from 'node:os';
import { join } from 'node:path';
import { ContainerMemoryReader } from './container-memory.ts';
import type { HostReading } from './host-sample.ts';
import {
  type HostCpus,
  parseDiskstats,
  parseLoadavg,
  parseMeminfo,
  parseNetDev,
  parseProcessIo,
  parseStat,
  parseUptime,
} from './proc-text.ts';

/** What Node tells about the host without opening a file; replaced by recordings of other systems in tests. */
export type OperatingSystem = Pick<typeof import('node:os'), 'cpus' | 'freemem' | 'loadavg' | 'totalmem' | 'uptime'>;

export interface HostReaderOptions {
  readonly platform?: NodeJS.Platform;
  /** Folder that stands for `/`; default `/`. */
  readonly root?: string;
  readonly os?: OperatingSystem;
}

const NODE_OS: OperatingSystem = { cpus, freemem, loadavg, totalmem, uptime };

/**
 * Reads the figures of the host without blocking and without a child process: on Linux from `/proc` and the control groups, through
 * the thread pool; elsewhere through the calls of Node that open no file there (on Linux the very same calls read files
 * synchronously, which is why they are not used).
 */
export class HostReader {
  readonly #linux: boolean;
  readonly #platform: NodeJS.Platform;
  readonly #proc: string;
  readonly #os: OperatingSystem;
  readonly #container: ContainerMemoryReader;
  constructor(options: HostReaderOptions = {}) {
    this.#platform = options.platform ?? process.platform;
    this.#linux = this.#platform === 'linux' || this.#platform === 'android';
    const root = options.root ?? '/';
    this.#proc = join(root, 'proc');
    this.#os = options.os ?? NODE_OS;
    this.#container = new ContainerMemoryReader(root);
  }

  /** Never rejects. */
  async read(): Promise<HostReading> {
    return this.#linux ? await this.#fromProc() : this.#fromNode();
  }

  async #fromProc(): Promise<HostReading> {
    const [cpu, memory, load, up, disks, interfaces, io, container] = await Promise.all([
      this.#parsed('stat', parseStat),
      this.#parsed('meminfo', parseMeminfo),
      this.#parsed('loadavg', parseLoadavg),
      this.#parsed('uptime', parseUptime),
      this.#parsed('diskstats', parseDiskstats),
      this.#parsed('self/net/dev', parseNetDev),
      this.#parsed('self/io', parseProcessIo),
      this.#container.read(),
    ]);
    return {
      cpus: cpu,
      memory,
      loadAverage: load,
      uptimeSeconds: up,
      disks,
      interfaces,
      processIo: io,
      // A limit beyond the memory there is limits nothing.
      container: container && memory && container.limitBytes > memory.totalBytes ? undefined : container,
    };
  }

  async #parsed<T>(path: string, parse: (text: string) => T | undefined): Promise<T | undefined> {
    try {
      return parse(await readFile(join(this.#proc, path), 'utf8'));
    } catch {
      return undefined;
    }
  }

  #fromNode(): HostReading {
    try {
      const windows = this.#platform === 'win32';
      return {
        cpus: cpusOf(this.#os),
        // What Node calls free memory is what is available on Windows; on macOS it leaves out what can be reclaimed at once.
        memory: { totalBytes: this.#os.totalmem(), availableBytes: windows ? this.#os.freemem() : undefined },
        // Windows has no load average, Node gives zeros.
        loadAverage: windows ? undefined : (this.#os.loadavg() as [number, number, number]),
        uptimeSeconds: this.#os.uptime(),
      };
    } catch {
      return {};
    }
  }
}

/** Sums over the CPUs in seconds; Node gives milliseconds. Waiting and stolen time are not told outside Linux. */
function cpusOf(os: OperatingSystem): HostCpus | undefined {
  const all = os.cpus();
  if (all.length === 0) return undefined;
  const sum = (mode: keyof (typeof all)[number]['times']): number =>
    all.reduce((total, { times }) => total + times[mode], 0) / 1000;
  return {
    logicalCount: all.length,
    seconds: {
      user: sum('user'),
      nice: sum('nice'),
      system: sum('sys'),
      idle: sum('idle'),
      interrupt: sum('irq'),
      iowait: 0,
      steal: 0,
    },
  };
}
