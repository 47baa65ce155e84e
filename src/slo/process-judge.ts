import type { ObjectiveDefinition } from '../core/model/objective-definition.ts';
import { createRateWindow } from '../core/rate-window.ts';
import { NO_SUBJECT, TrackedObjective } from './tracked-objective.ts';

/** Figures of the process, read at every tick. */
export interface ProcessFigures {
  readonly residentBytes: number;
  /** Seconds on a CPU since the start. */
  readonly cpuSeconds: number;
}

/** Time between two ticks. */
export const TICK_MS = 1000;

/**
 * A longer stop in which the process has used next to no processor is a machine that slept, a stopped virtual machine, a debugger: nobody asked
 * anything of it meanwhile, and nothing is known of that time.
 */
const SUSPENDED_MS = 60_000;
const SUSPENDED_CPU_SHARE = 0.01;

/** CPU and throughput are averages over this time. */
const AVERAGE_MS = 60_000;

/**
 * Objectives on the process as a whole: availability, throughput, memory, CPU.
 *
 * A second is available when the process got round to its tick in it: time in which the event loop stood still for a second or
 * more is not. Time in which the process did not exist cannot be seen from inside it; that is what `up` in Prometheus is for.
 */
export class ProcessJudge {
  readonly objectives: readonly TrackedObjective[];
  readonly #read: () => ProcessFigures;
  readonly #rate = createRateWindow({ windowMs: AVERAGE_MS });
  readonly #isThroughputJudged: boolean;
  readonly #cpu: { readonly atMs: number; readonly seconds: number }[] = [];
  #lastTickMs: number;
  #lastCpuSeconds = 0;
  #seconds = 0;
  #available = 0;

  constructor(definitions: readonly ObjectiveDefinition[], read: () => ProcessFigures, startMs: number) {
    this.objectives = definitions.flatMap((definition) => {
      const { subject, target } = definition;
      if (subject !== 'process' || target === undefined) return [];
      return new TrackedObjective({ ...definition, target }, NO_SUBJECT, startMs);
    });
    this.#isThroughputJudged = this.objectives.some(({ definition }) => definition.indicator === 'throughput');
    this.#read = read;
    this.#lastTickMs = startMs;
  }

  /** Counts a finished operation. */
  finished(nowMs: number): void {
    if (this.#isThroughputJudged) this.#rate.record(nowMs);
  }

  /** Takes one reading; answers the objectives whose verdict has changed. */
  tick(nowMs: number): TrackedObjective[] {
    const figures = this.#read();
    const sinceMs = nowMs - this.#lastTickMs;
    const wasSuspended =
      sinceMs > SUSPENDED_MS && figures.cpuSeconds - this.#lastCpuSeconds < (SUSPENDED_CPU_SHARE * sinceMs) / 1000;
    const elapsed = wasSuspended ? 1 : Math.max(1, Math.floor(sinceMs / TICK_MS));
    this.#lastTickMs = nowMs;
    this.#lastCpuSeconds = figures.cpuSeconds;
    this.#seconds += elapsed;
    this.#available += 1;
    const cores = this.#cores(nowMs, figures.cpuSeconds);
    return this.objectives.filter((objective) => {
      switch (objective.definition.indicator) {
        case 'availability':
          objective.budget?.add(nowMs, elapsed, elapsed - 1);
          objective.breaches += elapsed - 1;
          return objective.settle(this.#availability(objective.target), this.#seconds);
        case 'memory':
          return objective.settle(figures.residentBytes, 1);
        case 'cpu':
          return objective.settle(cores, this.#cpu.length);
        case 'throughput':
          return objective.settle(this.#rate.ratePerSecond(nowMs), this.#rate.count(nowMs));
        default:
          return false;
      }
    });
  }

  /**
   * Share of the seconds that were available; `undefined` while a single lost one would decide: of 99.9 % it takes 1,000 s to
   * allow one, and a stall at the start says nothing about uptime.
   */
  #availability(target: number): number | undefined {
    const allowsOneFromSeconds = target < 1 ? 1 / (1 - target) : 0;
    const isEarly = this.#available < this.#seconds && this.#seconds < allowsOneFromSeconds;
    return isEarly ? undefined : this.#available / this.#seconds;
  }

  /** Cores busy over the last minute; `undefined` until there are ten seconds to average. */
  #cores(nowMs: number, seconds: number): number | undefined {
    const readings = this.#cpu;
    readings.push({ atMs: nowMs, seconds });
    while (readings.length > 1 && nowMs - (readings[1]?.atMs ?? nowMs) >= AVERAGE_MS) readings.shift();
    if (readings.length > AVERAGE_MS / TICK_MS + 1) readings.shift();
    const [first] = readings;
    if (first === undefined || nowMs - first.atMs < 10 * TICK_MS) return undefined;
    return (seconds - first.seconds) / ((nowMs - first.atMs) / 1000);
  }
}
