import type { PressureSnapshot } from '../core/model/component.ts';

/**
 * Pressure: how close a process is to overload, from 0 (idle) to 1 (overloaded), as the largest of several causes.
 *
 * Every cause is a figure mapped by a straight line between the value where it begins to matter (0) and the value where the
 * process is overloaded by it (1). There is no state in this mapping and so no hysteresis; smoothing is in `PressureSmoother`.
 * The largest counts, not the sum: a process that is overloaded in one way is overloaded.
 */
export const PRESSURE_CAUSES = [
  'event_loop_delay',
  'event_loop_utilization',
  'queue_wait',
  'concurrency',
  'memory_heap',
  'memory_container',
  'transport_backlog',
] as const;
export type PressureCause = (typeof PRESSURE_CAUSES)[number];

/** The figures pressure is made of; what is not known is left out and is no cause. */
export interface PressureFigures {
  /** P99 of the event-loop delay over the last seconds. */
  readonly eventLoopDelaySeconds?: number | undefined;
  readonly eventLoopUtilization?: number | undefined;
  /** Mean time from receipt to the beginning of the work, over the last interval. */
  readonly queueWaitSeconds?: number | undefined;
  readonly activeRequests?: number | undefined;
  /** Requests in flight the server is declared to be built for. */
  readonly capacity?: number | undefined;
  readonly heapUsedBytes?: number | undefined;
  readonly heapLimitBytes?: number | undefined;
  readonly containerUsedBytes?: number | undefined;
  readonly containerLimitBytes?: number | undefined;
  /** Bytes that have been waiting for a client to read them for at least one interval. */
  readonly backlogBytes?: number | undefined;
}

/** The line of a cause: 0 at or below `from`, 1 at or above `to`. */
interface Ramp {
  readonly from: number;
  readonly to: number;
}

const MIB = 1024 ** 2;

/**
 * - event-loop delay: 10 ms is the resolution of the measurement and the objective of a registry operation; at 100 ms the default rule
 *   `event-loop-stalled` speaks.
 * - event-loop utilisation: waiting times of a single server grow as 1/(1 - utilisation), threefold at 0.7; 0.98 is where
 *   `@fastify/under-pressure` suggests to refuse requests.
 * - queue wait: target (5 ms) and interval (100 ms) of CoDel, RFC 8289 section 4.2 and 4.3.
 * - concurrency: the rule `concurrency-high` speaks at 80 %.
 * - memory: the rules `memory-high`, `memory-critical` and `memory-emergency` speak at 80, 90 and 95 %.
 * - transport backlog: 64 KiB is the largest amount Node's streams take before they ask their writer to wait.
 */
const RAMPS: Readonly<Record<PressureCause, Ramp>> = {
  event_loop_delay: { from: 0.01, to: 0.1 },
  event_loop_utilization: { from: 0.7, to: 0.98 },
  queue_wait: { from: 0.005, to: 0.1 },
  concurrency: { from: 0.5, to: 1 },
  memory_heap: { from: 0.6, to: 0.95 },
  memory_container: { from: 0.6, to: 0.95 },
  transport_backlog: { from: 64 * 1024, to: 4 * MIB },
};

type Measure = (figures: PressureFigures) => number | undefined;

const MEASURES: Readonly<Record<PressureCause, Measure>> = {
  event_loop_delay: ({ eventLoopDelaySeconds }) => eventLoopDelaySeconds,
  event_loop_utilization: ({ eventLoopUtilization }) => eventLoopUtilization,
  queue_wait: ({ queueWaitSeconds }) => queueWaitSeconds,
  concurrency: ({ activeRequests, capacity }) => share(activeRequests, capacity),
  memory_heap: ({ heapUsedBytes, heapLimitBytes }) => share(heapUsedBytes, heapLimitBytes),
  memory_container: ({ containerUsedBytes, containerLimitBytes }) => share(containerUsedBytes, containerLimitBytes),
  transport_backlog: ({ backlogBytes }) => backlogBytes,
};

const EVIDENCE: Readonly<Record<PressureCause, (figures: PressureFigures, measured: number) => string>> = {
  event_loop_delay: (_figures, seconds) =>
    `the event loop is late by ${milliseconds(seconds)} at P99: every request waits that long before its code runs`,
  event_loop_utilization: (_figures, utilization) =>
    `the event loop is busy ${percent(utilization)} of the time: one thread can do little more`,
  queue_wait: (_figures, seconds) => `requests wait ${milliseconds(seconds)} on average before their work begins`,
  concurrency: ({ activeRequests, capacity }, utilization) =>
    `${activeRequests} requests are in flight, ${percent(utilization)} of the declared capacity of ${capacity}`,
  memory_heap: ({ heapLimitBytes }, utilization) =>
    `the JavaScript heap uses ${percent(utilization)} of its limit of ${mebibytes(heapLimitBytes)}`,
  memory_container: ({ containerLimitBytes }, utilization) =>
    `the container uses ${percent(utilization)} of its memory limit of ${mebibytes(containerLimitBytes)}`,
  transport_backlog: (_figures, bytes) => `${mebibytes(bytes)} wait for clients that do not read their answers`,
};

/** The figure of a cause mapped to 0…1; `undefined` where it is not known or not a number. */
export function pressureOf(cause: PressureCause, figures: PressureFigures): number | undefined {
  const measured = MEASURES[cause](figures);
  if (measured === undefined || Number.isNaN(measured)) return undefined;
  const { from, to } = RAMPS[cause];
  return Math.min(1, Math.max(0, (measured - from) / (to - from)));
}

/**
 * The causes that are known with their figures, the largest first, and the pressure they make.
 *
 * @param values smoothed value per cause, where it is not the one of these figures alone
 */
export function assessPressure(
  figures: PressureFigures,
  values: ReadonlyMap<PressureCause, number> = new Map(),
): PressureSnapshot {
  const causes = PRESSURE_CAUSES.flatMap((cause) => {
    const value = values.get(cause) ?? pressureOf(cause, figures);
    const measured = MEASURES[cause](figures);
    if (value === undefined || measured === undefined || Number.isNaN(measured)) return [];
    return [{ cause, value, evidence: EVIDENCE[cause](figures, measured) }];
  }).sort((a, b) => b.value - a.value);
  return { value: causes[0]?.value ?? 0, causes };
}

/** Time constant of the smoothing: what has lasted this long shows by 63 %, three times as long by 95 %. */
const SMOOTHING_MS = 3000;

/**
 * Exponential smoothing of every cause by the time that has passed, the same upwards and downwards: no state but the last value, so
 * nothing switches and nothing sticks. The first value, and one after a long gap, stands as it is.
 */
export class PressureSmoother {
  readonly #values = new Map<PressureCause, number>();
  #at: number | undefined;

  /** Takes new figures in. @returns the smoothed values; a cause that is unknown now has none */
  add(figures: PressureFigures, nowMs: number): ReadonlyMap<PressureCause, number> {
    const elapsed = this.#at === undefined ? Number.POSITIVE_INFINITY : Math.max(0, nowMs - this.#at);
    const weight = 1 - Math.exp(-elapsed / SMOOTHING_MS);
    this.#at = nowMs;
    for (const cause of PRESSURE_CAUSES) {
      const value = pressureOf(cause, figures);
      const before = this.#values.get(cause);
      if (value === undefined) this.#values.delete(cause);
      else this.#values.set(cause, before === undefined ? value : before + weight * (value - before));
    }
    return this.#values;
  }
}

function share(used: number | undefined, limit: number | undefined): number | undefined {
  return used === undefined || limit === undefined || !(limit > 0) ? undefined : used / limit;
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(0)} %`;
}

function mebibytes(bytes: number | undefined): string {
  return `${((bytes ?? 0) / MIB).toFixed(1)} MiB`;
}
