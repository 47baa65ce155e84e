import type { Clock, Timer } from '../core/clock.ts';
import type { PressureSnapshot } from '../core/model/component.ts';
import { EventLoopDelayMonitor } from './event-loop-delay.ts';
import { assessPressure, type PressureFigures, PressureSmoother } from './pressure.ts';
import type { RuntimeSampler } from './runtime-sampler.ts';

/** What the requests themselves tell: everything that is not a figure of the process. */
export type LoadFigures = Pick<PressureFigures, 'queueWaitSeconds' | 'activeRequests' | 'backlogBytes'>;

export interface PressureSamplerOptions {
  readonly clock: Clock;
  /** Time between samples in milliseconds. */
  readonly intervalMs: number;
  readonly runtime: Pick<RuntimeSampler, 'latest' | 'host'>;
  /** Called once per sample. */
  readonly load: () => LoadFigures;
  readonly capacity: number | undefined;
}

/**
 * Short, because whoever acts on pressure has to see the end of an overload as well as its beginning; the delay that is exported
 * covers 15 to 30 s.
 */
const DELAY_WINDOW_MS = 2500;

/** Samples the pressure on a timer of its own; reading changes nothing. */
export class PressureSampler {
  readonly #options: PressureSamplerOptions;
  readonly #delay = new EventLoopDelayMonitor(DELAY_WINDOW_MS);
  readonly #smoother = new PressureSmoother();
  #timer: Timer | undefined;
  #latest: PressureSnapshot | undefined;

  constructor(options: PressureSamplerOptions) {
    this.#options = options;
  }

  /** Idempotent; nothing here keeps the process alive. */
  start(): void {
    if (this.#timer !== undefined) return;
    const { clock, intervalMs } = this.#options;
    this.#delay.start(clock.now());
    this.#timer = clock.every(intervalMs, () => this.#sample());
  }

  /** Idempotent; the last figure stays readable. */
  stop(): void {
    this.#timer?.stop();
    this.#timer = undefined;
    this.#delay.stop();
  }

  /** `undefined` before the first sample. */
  latest(): PressureSnapshot | undefined {
    return this.#latest;
  }

  #sample(): void {
    const { clock, runtime, load, capacity } = this.#options;
    const now = clock.now();
    const { eventLoopUtilization, heapUsedBytes, heapLimitBytes } = runtime.latest();
    const container = runtime.host.latest()?.container;
    const figures: PressureFigures = {
      ...load(),
      eventLoopDelaySeconds: this.#delay.read()?.p99Seconds,
      eventLoopUtilization,
      capacity,
      heapUsedBytes,
      heapLimitBytes,
      containerUsedBytes: container?.workingSetBytes,
      containerLimitBytes: container?.limitBytes,
    };
    this.#delay.rotate(now);
    this.#latest = assessPressure(figures, this.#smoother.add(figures, now));
  }
}
