import type { LatencySummary } from '../latency-summary.ts';
import type { AlertsSnapshot } from './alert.ts';
import type {
  BatchSnapshot,
  CacheSnapshot,
  ComponentSnapshot,
  DatabaseSnapshot,
  PoolSnapshot,
  PressureSnapshot,
} from './component.ts';
import type { Finding, HealthSnapshot, ScalingAdvice, Trend } from './health.ts';
import type { ObjectiveSnapshot, OperationWindows } from './objective.ts';

/** What happened to one stage over the life of the process: how often, and seconds in all. */
export interface StageTotals {
  readonly stage: string;
  readonly count: number;
  readonly totalSeconds: number;
}

/** Figures of one operation (a method plus tool or prompt name) at one instant. */
export interface OperationSnapshot {
  /** `tools/call kb.hybrid_search`, `tools/list`. */
  readonly name: string;
  readonly method: string;
  /** Tool or prompt name, where the method has one. */
  readonly target: string | undefined;
  /** Finished since the process started. */
  readonly count: number;
  /** Finished with an `error.type` since the process started. */
  readonly errors: number;
  /** Finished per `error.type`. */
  readonly errorTypes: Readonly<Record<string, number>>;
  /** Latency over the sliding window, in seconds. */
  readonly latency: LatencySummary;
  /** Received and not yet answered, now and at most so far. */
  readonly active: number;
  readonly peak: number;
  /** Finished per second over the sliding window. */
  readonly ratePerSecond: number;
  readonly stages: readonly StageTotals[];
  /** Where the execution went; empty where nothing reported. */
  readonly components?: readonly ComponentSnapshot[] | undefined;
  /** Seconds of the execution in which at least one component was called; the rest is the operation's own. */
  readonly componentSeconds?: number | undefined;
}

/** Figures of the process itself; `undefined` where the platform does not tell. */
export interface ProcessSnapshot {
  readonly uptimeSeconds: number;
  /** Mean share of one core since the last sample, 1 = one core busy. */
  readonly cpuUtilization: number | undefined;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
  /** Event-loop delay over the last sampling interval, seconds. */
  readonly eventLoopDelayP99Seconds: number | undefined;
  readonly eventLoopUtilization: number | undefined;
  /** Memory of objects outside the V8 heap, array buffers included. */
  readonly externalBytes?: number | undefined;
  readonly arrayBuffersBytes?: number | undefined;
  /** Memory limit of the container around the process, and what counts against it; absent without a limit. */
  readonly containerLimitBytes?: number | undefined;
  readonly containerUsedBytes?: number | undefined;
  readonly threads?: number | undefined;
  readonly fileDescriptors?: number | undefined;
  /** What keeps the event loop alive, by type: `{ TCPSocketWrap: 3, Timeout: 2 }`. */
  readonly activeResources?: Readonly<Record<string, number>> | undefined;
  /** Garbage collections since the start: how many, seconds in all, and the longest. */
  readonly garbageCollection?:
    | { readonly count: number; readonly totalSeconds: number; readonly maxSeconds: number }
    | undefined;
  /** The machine the process runs on; absent until it was read for the first time. */
  readonly host?: HostSnapshot | undefined;
}

/** Figures of the machine; `undefined` where the platform does not tell. In a container they are those of the host. */
export interface HostSnapshot {
  readonly uptimeSeconds: number | undefined;
  /** Logical CPUs. */
  readonly cpus: number | undefined;
  /** Busy share of all CPUs over the last interval, 0 to 1. */
  readonly cpuUtilization: number | undefined;
  /** Over 1, 5 and 15 minutes. */
  readonly loadAverage: readonly [number, number, number] | undefined;
  readonly memoryTotalBytes: number | undefined;
  readonly memoryAvailableBytes: number | undefined;
  /** The file system that holds the working directory. */
  readonly diskSpace:
    | { readonly mountpoint: string; readonly totalBytes: number; readonly freeBytes: number }
    | undefined;
  readonly diskReadBytesPerSecond: number | undefined;
  readonly diskWriteBytesPerSecond: number | undefined;
  readonly networkReceiveBytesPerSecond: number | undefined;
  readonly networkTransmitBytesPerSecond: number | undefined;
  /** Since the host started. */
  readonly networkErrors: number | undefined;
}

/** What this process asks of others: the same figures, seen by the sender. `stages` is empty there. */
export interface ClientSnapshot {
  readonly operations: readonly OperationSnapshot[];
  /** Requests sent and not yet answered, now and at most so far. */
  readonly requests: { readonly active: number; readonly peak: number };
  readonly sessions: { readonly active: number; readonly started: number };
}

/** All requests this process serves taken together; notifications, which nobody waits for, are left out. */
export interface TotalsSnapshot {
  /** Finished since the process started, and those of them with an `error.type`. */
  readonly count: number;
  readonly errors: number;
  /** Over the sliding window, like the latency. */
  readonly ratePerSecond: number;
  /** `undefined` without requests. */
  readonly errorRatio: number | undefined;
  readonly latency: LatencySummary;
}

/** All figures at one instant. JSON-serialisable; `schemaVersion` changes when a field changes its meaning. */
export interface Snapshot {
  readonly schemaVersion: 1;
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number;
  readonly service: { readonly name: string; readonly version: string | undefined; readonly instanceId: string };
  /** Seconds covered by the sliding window of `latency` and `ratePerSecond`. */
  readonly windowSeconds: number;
  readonly operations: readonly OperationSnapshot[];
  /** Absent where the history is switched off. */
  readonly totals?: TotalsSnapshot | undefined;
  readonly requests: { readonly active: number; readonly peak: number; readonly queued: number };
  readonly sessions: { readonly active: number; readonly started: number };
  /** Absent in a process that has sent no request or notification of its own. */
  readonly client?: ClientSnapshot | undefined;
  readonly process: ProcessSnapshot | undefined;
  /** Telemetry of ours that was lost, by signal and reason: `{ "traces queue_full": 3 }`. */
  readonly dropped: Readonly<Record<string, number>>;
  /** The following are absent where their part is switched off. */
  readonly caches?: readonly CacheSnapshot[] | undefined;
  readonly pools?: readonly PoolSnapshot[] | undefined;
  readonly databases?: readonly DatabaseSnapshot[] | undefined;
  readonly batches?: readonly BatchSnapshot[] | undefined;
  readonly pressure?: PressureSnapshot | undefined;
  readonly windows?: readonly OperationWindows[] | undefined;
  readonly objectives?: readonly ObjectiveSnapshot[] | undefined;
  readonly alerts?: AlertsSnapshot | undefined;
  readonly health?: HealthSnapshot | undefined;
  readonly findings?: readonly Finding[] | undefined;
  readonly trends?: readonly Trend[] | undefined;
  /** Absent while there is no load to tell the demand from. */
  readonly scaling?: ScalingAdvice | undefined;
}
