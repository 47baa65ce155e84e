import type { Clock, Timer } from '../../core/clock.ts';
import type { Diag } from '../../core/diag.ts';
import type { HostSnapshot } from '../../core/model/snapshot.ts';
import { DiskSpaceReader } from './disk-space.ts';
import { HostReader } from './host-reader.ts';
import { deriveSample, type HostSample } from './host-sample.ts';
import { CPU_MODES } from './proc-text.ts';

export interface HostSamplerOptions {
  readonly clock: Clock;
  readonly diag: Diag;
  /** Time between two readings in milliseconds, default 5,000. */
  readonly intervalMs?: number;
  readonly reader?: Pick<HostReader, 'read'>;
  readonly diskSpace?: Pick<DiskSpaceReader, 'latest' | 'refresh'>;
}

/**
 * Reads the host on a timer of its own, one reading at a time: while the machine is too busy to answer, the last figures stand
 * and no second reading queues up behind the first. Looking at the figures changes nothing.
 */
export class HostSampler {
  readonly #clock: Clock;
  readonly #diag: Diag;
  readonly #intervalMs: number;
  readonly #reader: Pick<HostReader, 'read'>;
  readonly #diskSpace: Pick<DiskSpaceReader, 'latest' | 'refresh'>;
  #timer: Timer | undefined;
  #sample: HostSample | undefined;
  #reading = false;

  constructor(options: HostSamplerOptions) {
    this.#clock = options.clock;
    this.#diag = options.diag;
    this.#intervalMs = options.intervalMs ?? 5000;
    this.#reader = options.reader ?? new HostReader();
    this.#diskSpace = options.diskSpace ?? new DiskSpaceReader(() => process.cwd());
  }

  /** Begins to read, the first time at once; idempotent. */
  start(): void {
    if (this.#timer !== undefined) return;
    void this.refresh();
    this.#timer = this.#clock.every(this.#intervalMs, () => void this.refresh());
  }

  /** Idempotent; the last figures stay readable. */
  stop(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }

  /** Reads now, unless a reading is under way; never rejects. */
  async refresh(): Promise<void> {
    // Apart from the rest: a network mount may not answer for minutes.
    void this.#diskSpace.refresh();
    if (this.#reading) return;
    this.#reading = true;
    try {
      const reading = await this.#reader.read();
      this.#sample = deriveSample(this.#clock.now(), reading, this.#sample);
    } catch (error) {
      this.#diag.warn('runtime.host', `a reading of the host failed: ${String(error)}`);
    } finally {
      this.#reading = false;
    }
  }

  /** `undefined` until the first reading is complete. */
  latest(): HostSample | undefined {
    return this.#sample && { ...this.#sample, diskSpace: this.#diskSpace.latest };
  }

  /** The figures in the form shared with the rest of the product. */
  snapshot(): HostSnapshot | undefined {
    const sample = this.latest();
    return sample && toHostSnapshot(sample);
  }
}

/** CPU modes in which nothing of this host runs. */
const IDLE_MODES = new Set<string>(['idle', 'iowait']);

function toHostSnapshot(sample: HostSample): HostSnapshot {
  const { cpuShares, cpus, memory, diskSpace, interfaces } = sample;
  const busy = CPU_MODES.filter((mode) => !IDLE_MODES.has(mode));
  return {
    uptimeSeconds: sample.uptimeSeconds,
    cpus: cpus?.logicalCount,
    cpuUtilization: cpuShares && busy.reduce((sum, mode) => sum + cpuShares[mode], 0),
    loadAverage: sample.loadAverage,
    memoryTotalBytes: memory?.totalBytes,
    memoryAvailableBytes: memory?.availableBytes,
    diskSpace: diskSpace && {
      mountpoint: diskSpace.mountpoint,
      totalBytes: diskSpace.totalBytes,
      freeBytes: diskSpace.freeBytes,
    },
    diskReadBytesPerSecond: sample.diskRate?.in,
    diskWriteBytesPerSecond: sample.diskRate?.out,
    networkReceiveBytesPerSecond: sample.networkRate?.in,
    networkTransmitBytesPerSecond: sample.networkRate?.out,
    networkErrors: interfaces?.reduce((sum, { errors }) => sum + errors.in + errors.out, 0),
  };
}
