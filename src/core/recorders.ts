/** Receives what a cache of one's own reports. */
export interface CacheSink {
  hit(): void;
  miss(): void;
  failure(): void;
  evicted(count: number): void;
}

/**
 * Counts the look-ups of a cache that is not recognised by itself: one call per look-up. The tool that asks is known from
 * the context. Calls cost nothing while the product does not run, and never throw.
 */
export class CacheRecorder {
  /** Where it goes; set while the product runs. */
  sink: CacheSink | undefined = undefined;
  /** Number of entries, where the cache can tell; read at every collection. */
  readonly entries: (() => number) | undefined;

  constructor(entries?: () => number) {
    this.entries = entries;
  }

  hit(): void {
    this.sink?.hit();
  }

  miss(): void {
    this.sink?.miss();
  }

  /** The look-up failed: neither hit nor miss. */
  failure(): void {
    this.sink?.failure();
  }

  /** Entries the cache dropped to make room or because they were too old. Default 1. */
  evicted(count = 1): void {
    this.sink?.evicted(count);
  }
}

/** One batch that was worked on. */
export interface BatchReport {
  /** Items in it. */
  readonly size: number;
  /** Milliseconds its first item waited for others; left out, the batcher does not tell. */
  readonly waitMs?: number | undefined;
  /** Milliseconds the work took. */
  readonly durationMs: number;
  /** The work failed. Default false. */
  readonly failed?: boolean | undefined;
}

export interface BatchSink {
  batch(report: BatchReport): void;
}

/** Records the batches of a batcher, or of a service that takes several items in one request. Never throws. */
export class BatchRecorder {
  sink: BatchSink | undefined = undefined;

  batch(report: BatchReport): void {
    this.sink?.batch(report);
  }
}

/** A pool at this instant, as its owner tells it. */
export interface PoolReading {
  readonly used: number;
  readonly idle: number;
  /** Requests for a connection that wait. */
  readonly pending: number;
  readonly max?: number | undefined;
  /** Since the process started; left out, the pool does not tell. */
  readonly timeouts?: number | undefined;
  readonly errors?: number | undefined;
}

/** Reads a pool; called at every collection, must be quick and change nothing. */
export type PoolReader = () => PoolReading;
