import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** How late timers fired, in seconds, over the last one to two windows. */
export interface EventLoopDelay {
  readonly minSeconds: number;
  readonly maxSeconds: number;
  readonly meanSeconds: number;
  readonly stddevSeconds: number;
  readonly p50Seconds: number;
  readonly p90Seconds: number;
  readonly p99Seconds: number;
}

const RESOLUTION_MS = 10;
const NANOSECONDS_PER_SECOND = 1e9;

/**
 * Event-loop delay over a rolling window that any number of readers may read and none can empty.
 *
 * Node's histogram holds the time between two firings of a timer of 10 ms; the delay is what exceeds those 10 ms, so a
 * stall of 300 ms reads 290 to 300 ms, depending on where between two firings it began. A stall is one sample however
 * long it lasts: percentiles tell how often the loop was late, the maximum tells how bad it was.
 *
 * `reset()` makes Node forget the last firing: a stall that spans it is not recorded at all. So two histograms run side by side,
 * the older one is the one that is read, and only that one is reset, when the younger has covered a whole window. Every
 * stall is therefore visible for one to two windows.
 */
export class EventLoopDelayMonitor {
  readonly #windowMs: number;
  #older: IntervalHistogram;
  #younger: IntervalHistogram;
  #rotatedAt = 0;

  /** @param windowMs shortest time a delay stays visible, default 15,000 ms (the common scrape interval) */
  constructor(windowMs = 15_000) {
    this.#windowMs = windowMs;
    this.#older = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#younger = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  }

  /** Starts with an empty window; neither histogram keeps the process alive. */
  start(nowMs: number): void {
    this.#rotatedAt = nowMs;
    for (const histogram of [this.#older, this.#younger]) {
      histogram.reset();
      histogram.enable();
    }
  }

  stop(): void {
    this.#older.disable();
    this.#younger.disable();
  }

  /** Moves the window; to be called by one timer only, at least once per window. */
  rotate(nowMs: number): void {
    if (nowMs - this.#rotatedAt < this.#windowMs) return;
    this.#older.reset();
    [this.#older, this.#younger] = [this.#younger, this.#older];
    this.#rotatedAt = nowMs;
  }

  /** Figures of the window; `undefined` while it holds no sample. Changes nothing. */
  read(): EventLoopDelay | undefined {
    const histogram = this.#older;
    if (histogram.count === 0) return undefined;
    return {
      minSeconds: delaySeconds(histogram.min),
      maxSeconds: delaySeconds(histogram.max),
      meanSeconds: delaySeconds(histogram.mean),
      stddevSeconds: histogram.stddev / NANOSECONDS_PER_SECOND,
      p50Seconds: delaySeconds(histogram.percentile(50)),
      p90Seconds: delaySeconds(histogram.percentile(90)),
      p99Seconds: delaySeconds(histogram.percentile(99)),
    };
  }
}

/** A timer may fire up to a millisecond early after a late one, hence the floor. */
function delaySeconds(firingIntervalNanoseconds: number): number {
  return Math.max(0, firingIntervalNanoseconds - RESOLUTION_MS * 1e6) / NANOSECONDS_PER_SECOND;
}
