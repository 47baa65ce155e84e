import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Clock, Timer } from '../../core/clock.ts';
import { countPoints, hasUnsent, type RecordedTotals, recordedTotals } from './recorded-totals.ts';
import { rejectedItems, type SendOutcome } from './send-outcome.ts';
import { serializeMetrics } from './serialize.ts';

export interface MetricPushOptions {
  readonly send: (body: Uint8Array) => Promise<SendOutcome>;
  /** Ends what `send` has in flight, so that a flush can end in time. */
  readonly abort: () => void;
  /**
   * Collects everything, cumulative; may reject. Should end by itself (`MetricReader.collect` takes a timeout): while it
   * hangs in a callback of a user, flushes end in time but nothing is pushed.
   */
  readonly collect: () => Promise<ResourceMetrics>;
  /** Collects what can be collected without waiting, for the moment when the process exits. */
  readonly collectSync?: (() => ResourceMetrics | undefined) | undefined;
  readonly clock: Clock;
  /** Default 60,000 ms, as in the OpenTelemetry specification. */
  readonly exportIntervalMs?: number;
  /** Told about every attempt. */
  readonly onOutcome?: (outcome: SendOutcome) => void;
  readonly onCollectError?: (error: unknown) => void;
}

/** Serialized metrics and the number of data points in them. */
export interface MetricBody {
  readonly body: Uint8Array;
  readonly points: number;
}

export interface MetricPushStats {
  /** Data points acknowledged, over all pushes. */
  readonly sent: number;
  /** Data points lost for good, by reason: `rejected`; `collect_failed` counts attempts, the points being unknown. */
  readonly dropped: Readonly<Record<string, number>>;
}

/**
 * Pushes the cumulative state at an interval. A push that fails needs no retry of its own: the next one carries the
 * same recordings and more.
 */
export class MetricPush {
  readonly #options: MetricPushOptions;
  readonly #dropped: Record<string, number> = {};
  #interval: Timer | undefined;
  #running: Promise<boolean> | undefined;
  #sentTotals: RecordedTotals = new Map();
  /** The last state that did not get through, for an exit without `collectSync`. */
  #failed: MetricBody | undefined;
  #sent = 0;

  constructor(options: MetricPushOptions) {
    this.#options = options;
  }

  start(): void {
    this.#interval ??= this.#options.clock.every(this.#options.exportIntervalMs ?? 60_000, () => {
      if (this.#running === undefined) void this.#run();
    });
  }

  /**
   * Collects and sends once, after a push already under way. Ends when `timeoutMs` are over, whatever hangs.
   *
   * @returns whether the present state was acknowledged
   */
  async flush(timeoutMs: number): Promise<boolean> {
    const { clock, abort } = this.#options;
    let expire: (acknowledged: boolean) => void = () => {};
    const expired = new Promise<boolean>((resolve) => {
      expire = resolve;
    });
    const deadline = clock.after(timeoutMs, () => {
      abort();
      expire(false);
    });
    try {
      if (this.#running !== undefined && !(await Promise.race([this.#running, expired]))) return false;
      return await Promise.race([this.#running ?? this.#run(), expired]);
    } finally {
      deadline.stop();
    }
  }

  /**
   * The state as an OTLP body when it holds recordings that no push has delivered, else `undefined`. Handing it out
   * passes the responsibility on: the same state is not handed out twice.
   */
  takeUnsentSync(): MetricBody | undefined {
    const failed = this.#failed;
    this.#failed = undefined;
    const current = this.#options.collectSync?.();
    if (current === undefined) return failed;
    const totals = recordedTotals(current);
    if (!hasUnsent(totals, this.#sentTotals)) return undefined;
    this.#sentTotals = totals;
    return { body: serializeMetrics(current), points: countPoints(current) };
  }

  stop(): void {
    this.#interval?.stop();
  }

  stats(): MetricPushStats {
    return { sent: this.#sent, dropped: { ...this.#dropped } };
  }

  #drop(reason: string, count: number): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + count;
  }

  #run(): Promise<boolean> {
    const running = this.#push()
      .catch((error: unknown) => {
        this.#drop('collect_failed', 1);
        this.#options.onCollectError?.(error);
        return false;
      })
      .finally(() => {
        this.#running = undefined;
      });
    this.#running = running;
    return running;
  }

  async #push(): Promise<boolean> {
    const metrics = await this.#options.collect();
    const points = countPoints(metrics);
    if (points === 0) return true;
    const body = serializeMetrics(metrics);
    const outcome = await this.#options.send(body);
    this.#options.onOutcome?.(outcome);
    if (outcome.state === 'retryable') {
      this.#failed = { body, points };
      return false;
    }
    // A refused state counts as dealt with: sending or keeping the same once more cannot end better.
    this.#failed = undefined;
    this.#sentTotals = recordedTotals(metrics);
    const rejected = rejectedItems(outcome, points);
    if (rejected > 0) this.#drop('rejected', rejected);
    this.#sent += points - rejected;
    return outcome.state === 'ok';
  }
}
