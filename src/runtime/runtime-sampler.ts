import type { Clock, Timer } from '../core/clock.ts';
import { createDiag, type Diag } from '../core/diag.ts';
import type { ProcessSnapshot } from '../core/model/snapshot.ts';
import { EventLoopDelayMonitor } from './event-loop-delay.ts';
import { type GarbageCollectionListener, observeGarbageCollections } from './garbage-collection.ts';
import { HostSampler } from './host/host-sampler.ts';
import { ProcessDirectory } from './process-directory.ts';
import { type RuntimeSample, takeSample } from './runtime-sample.ts';

/** Samples the process on a timer of its own; reading changes nothing, so any number of readers see the same figures. */
export interface RuntimeSampler {
  /** Begins to sample, the first time at once; does nothing while started. Nothing here keeps the process alive. */
  start(): void;
  /** Stops sampling; idempotent. The last figures stay readable. */
  stop(): void;
  /** The last sample; before `start`, the one taken at creation. */
  latest(): RuntimeSample;
  /** The last sample in the form shared with the rest of the product; delay figures cover the last 15 to 30 s. */
  snapshot(): ProcessSnapshot;
  /** Figures of the host and of the container, read more rarely. */
  readonly host: Pick<HostSampler, 'latest'>;
  /** Reports every garbage collection while started, until the returned function is called. */
  onGarbageCollection(listener: GarbageCollectionListener): () => void;
}

export interface RuntimeSamplerOptions {
  readonly clock: Clock;
  /** Time between samples in milliseconds, default 1,000. */
  readonly intervalMs?: number;
  readonly diag?: Diag;
  /** Time between readings of the host in milliseconds, default 5,000. */
  readonly hostIntervalMs?: number;
  /** Replaces the reading of this machine. */
  readonly host?: HostSampler;
  /** Process directory of Linux; where it does not exist its figures are absent. Default `/proc/self`. */
  readonly processDirectory?: string;
}

/** Creates a sampler; nothing runs before `start`. */
export function createRuntimeSampler(options: RuntimeSamplerOptions): RuntimeSampler {
  const { clock, intervalMs = 1000 } = options;
  const diag = options.diag ?? createDiag({ clock });
  const delay = new EventLoopDelayMonitor();
  const directory = new ProcessDirectory(options.processDirectory ?? '/proc/self');
  const { hostIntervalMs = 5000 } = options;
  const host = options.host ?? new HostSampler({ clock, diag, intervalMs: hostIntervalMs });
  const collected = { count: 0, totalSeconds: 0, maxSeconds: 0 };
  const listeners = new Set<GarbageCollectionListener>();
  let timer: Timer | undefined;
  let collections: { disconnect(): void } | undefined;
  let latest = takeSample(clock.now(), undefined, directory.counts, undefined);

  const sample = (): void => {
    try {
      const now = clock.now();
      latest = takeSample(now, latest, directory.counts, delay.read());
      delay.rotate(now);
      void directory.refresh();
    } catch (error) {
      diag.warn('runtime.sample', `a sample of the process failed: ${String(error)}`);
    }
  };

  const reportCollection: GarbageCollectionListener = (type, durationSeconds, startMs) => {
    collected.count += 1;
    collected.totalSeconds += durationSeconds;
    collected.maxSeconds = Math.max(collected.maxSeconds, durationSeconds);
    for (const listener of listeners) {
      try {
        listener(type, durationSeconds, startMs);
      } catch (error) {
        diag.warn('runtime.gc', `a listener of garbage collections failed: ${String(error)}`);
      }
    }
  };

  return {
    start() {
      if (timer !== undefined) return;
      delay.start(clock.now());
      collections = observeGarbageCollections(reportCollection);
      // Shares begin here: over the short time since creation they would be noise.
      latest = takeSample(clock.now(), undefined, directory.counts, undefined);
      void directory.refresh();
      host.start();
      timer = clock.every(intervalMs, sample);
    },
    stop() {
      timer?.stop();
      host.stop();
      timer = undefined;
      collections?.disconnect();
      collections = undefined;
      delay.stop();
    },
    latest: () => latest,
    snapshot: () => ({ ...toProcessSnapshot(latest, host), garbageCollection: { ...collected } }),
    host,
    onGarbageCollection(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function toProcessSnapshot(sample: RuntimeSample, host: HostSampler): ProcessSnapshot {
  const container = host.latest()?.container;
  return {
    uptimeSeconds: sample.uptimeSeconds,
    cpuUtilization: sample.cpuCores && sample.cpuCores.user + sample.cpuCores.system,
    residentBytes: sample.residentBytes,
    heapUsedBytes: sample.heapUsedBytes,
    heapLimitBytes: sample.heapLimitBytes,
    eventLoopDelayP99Seconds: sample.eventLoopDelay?.p99Seconds,
    eventLoopUtilization: sample.eventLoopUtilization,
    externalBytes: sample.externalBytes,
    arrayBuffersBytes: sample.arrayBuffersBytes,
    containerLimitBytes: container?.limitBytes,
    containerUsedBytes: container?.workingSetBytes,
    threads: sample.threads,
    fileDescriptors: sample.fileDescriptors,
    activeResources: sample.activeResources,
    host: host.snapshot(),
  };
}
