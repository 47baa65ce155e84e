import { performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics, type HeapSpaceInfo } from 'node:v8';
import { countActiveResources } from './active-resources.ts';
import type { EventLoopDelay } from './event-loop-delay.ts';
import type { ProcessCounts } from './process-directory.ts';

/** Time of the process on the CPUs, by mode: in seconds in all, or in shares of one core over an interval. */
export interface ByCpuMode {
  readonly user: number;
  readonly system: number;
}

/** Figures of this process at one instant; counters since its start, shares since the sample before. */
export interface RuntimeSample extends ProcessCounts {
  /** Reading of the clock, milliseconds. */
  readonly takenAtMs: number;
  readonly uptimeSeconds: number;
  readonly cpuSeconds: ByCpuMode;
  /** 1 = one core busy; `undefined` in the first sample. */
  readonly cpuCores: ByCpuMode | undefined;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
  /** Memory of objects outside the heap, array buffers included. */
  readonly externalBytes: number;
  readonly arrayBuffersBytes: number;
  readonly heapSpaces: readonly HeapSpaceInfo[];
  readonly eventLoopActiveSeconds: number;
  readonly eventLoopIdleSeconds: number;
  /** `undefined` in the first sample and until the event loop has begun. */
  readonly eventLoopUtilization: number | undefined;
  readonly eventLoopDelay: EventLoopDelay | undefined;
  readonly contextSwitches: { readonly voluntary: number; readonly involuntary: number };
  /** What keeps the event loop alive, by type. */
  readonly activeResources: Readonly<Record<string, number>>;
}

/** Reads everything that is cheap and synchronous, about 40 µs, and derives shares from the sample before. */
export function takeSample(
  nowMs: number,
  before: RuntimeSample | undefined,
  counts: ProcessCounts,
  eventLoopDelay: EventLoopDelay | undefined,
): RuntimeSample {
  const cpu = process.cpuUsage();
  const cpuSeconds: ByCpuMode = { user: cpu.user / 1e6, system: cpu.system / 1e6 };
  const heap = getHeapStatistics();
  const memory = memoryOf(before);
  const { voluntaryContextSwitches: voluntary, involuntaryContextSwitches: involuntary } = process.resourceUsage();
  const loop = performance.eventLoopUtilization();
  const eventLoopActiveSeconds = loop.active / 1000;
  const eventLoopIdleSeconds = loop.idle / 1000;
  return {
    ...counts,
    takenAtMs: nowMs,
    uptimeSeconds: process.uptime(),
    cpuSeconds,
    cpuCores: before && coresBusy(before.cpuSeconds, cpuSeconds, (nowMs - before.takenAtMs) / 1000),
    ...memory,
    heapUsedBytes: heap.used_heap_size,
    heapLimitBytes: heap.heap_size_limit,
    heapSpaces: getHeapSpaceStatistics(),
    eventLoopActiveSeconds,
    eventLoopIdleSeconds,
    eventLoopUtilization:
      before &&
      activeShare(
        eventLoopActiveSeconds - before.eventLoopActiveSeconds,
        eventLoopIdleSeconds - before.eventLoopIdleSeconds,
      ),
    eventLoopDelay,
    contextSwitches: { voluntary, involuntary },
    activeResources: countActiveResources(process.getActiveResourcesInfo()),
  };
}

/** CPU time per elapsed time; `undefined` when the clock did not move forward. */
export function coresBusy(before: ByCpuMode, after: ByCpuMode, elapsedSeconds: number): ByCpuMode | undefined {
  if (!(elapsedSeconds > 0)) return undefined;
  return {
    user: Math.max(0, after.user - before.user) / elapsedSeconds,
    system: Math.max(0, after.system - before.system) / elapsedSeconds,
  };
}

/** Active share of the time, 0 to 1; `undefined` when no time has passed. */
export function activeShare(activeSeconds: number, idleSeconds: number): number | undefined {
  const total = activeSeconds + idleSeconds;
  if (!(total > 0)) return undefined;
  return Math.min(1, Math.max(0, activeSeconds / total));
}

type Memory = Pick<RuntimeSample, 'residentBytes' | 'externalBytes' | 'arrayBuffersBytes'>;

/**
 * On Linux Node reads the resident set from `/proc`, which the kernel answers from memory within microseconds; it throws when
 * descriptors are exhausted: then the last known figures stand.
 */
function memoryOf(before: RuntimeSample | undefined): Memory {
  try {
    const { rss, external, arrayBuffers } = process.memoryUsage();
    return { residentBytes: rss, externalBytes: external, arrayBuffersBytes: arrayBuffers };
  } catch {
    const residentBytes = before?.residentBytes ?? process.resourceUsage().maxRSS * 1024;
    const { externalBytes = 0, arrayBuffersBytes = 0 } = before ?? {};
    return { residentBytes, externalBytes, arrayBuffersBytes };
  }
}
