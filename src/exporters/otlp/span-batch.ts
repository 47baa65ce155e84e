import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Clock, Timer } from '../../core/clock.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import { rejectedItems, type SendOutcome } from './send-outcome.ts';
import { serializeSound } from './serialize.ts';

export interface SpanBatchOptions {
  readonly send: (body: Uint8Array) => Promise<SendOutcome>;
  /** Ends what `send` has in flight, so that a flush can end in time. */
  readonly abort: () => void;
  readonly clock: Clock;
  /** Spans held at most, those in flight included. Default 2,048. */
  readonly maxQueueSize?: number;
  /** Spans per request at most. Default 512. */
  readonly maxBatchSize?: number;
  /** Longest time a span waits for its batch to fill. Default 5,000 ms. */
  readonly intervalMs?: number;
  readonly backoff?: BackoffOptions;
  /** Told about every attempt. */
  readonly onOutcome?: (outcome: SendOutcome) => void;
}

export interface SpanBatchStats {
  /** Spans held now, those in flight included. */
  readonly queued: number;
  readonly sent: number;
  /** Spans lost, by reason: `queue_full`, `rejected`, `unserializable`, `shut_down`. */
  readonly dropped: Readonly<Record<string, number>>;
}

interface Batch {
  readonly spans: ReadableSpan[];
  readonly body: Uint8Array;
}

/**
 * A bounded queue of ended spans in front of one endpoint: sends when a batch is full or the interval is over, one
 * request at a time, and keeps a batch through any number of failed attempts instead of dropping it.
 */
export class SpanBatch {
  readonly #options: SpanBatchOptions;
  readonly #maxQueueSize: number;
  readonly #maxBatchSize: number;
  readonly #backoff: Backoff;
  readonly #dropped: Record<string, number> = {};
  #queue: ReadableSpan[] = [];
  #batch: Batch | undefined;
  #running: Promise<boolean> | undefined;
  #interval: Timer | undefined;
  #wake: Timer | undefined;
  #retry: Timer | undefined;
  /** The receiver asked to be left alone until then, in clock milliseconds. */
  #notBeforeMs = 0;
  #sent = 0;
  #stopped = false;

  constructor(options: SpanBatchOptions) {
    this.#options = options;
    this.#maxQueueSize = options.maxQueueSize ?? 2_048;
    this.#maxBatchSize = Math.min(options.maxBatchSize ?? 512, this.#maxQueueSize);
    this.#backoff = new Backoff(options.backoff);
  }

  start(): void {
    if (this.#stopped) return;
    this.#interval ??= this.#options.clock.every(this.#options.intervalMs ?? 5_000, () => this.#pump(true));
  }

  add(span: ReadableSpan): void {
    if (this.#stopped || this.#size() >= this.#maxQueueSize) {
      this.#drop(this.#stopped ? 'shut_down' : 'queue_full', 1);
      return;
    }
    this.#queue.push(span);
    if (this.#queue.length >= this.#maxBatchSize && this.#idle()) {
      // Serializing hundreds of spans is not for the caller's turn: it is ending a request.
      this.#wake = this.#options.clock.after(0, () => this.#pump(false));
    }
  }

  /**
   * Sends everything held, without waiting for a pending retry. Gives up at the first failed attempt, because what
   * stays is kept, or when `timeoutMs` are over; then what is in flight is aborted.
   *
   * @returns whether nothing is left unsent
   */
  async flush(timeoutMs: number): Promise<boolean> {
    const { clock, abort } = this.#options;
    let expired = false;
    const deadline = clock.after(timeoutMs, () => {
      expired = true;
      abort();
    });
    try {
      for (let complete = true; complete && !expired && this.#size() > 0; ) {
        if (this.#running === undefined && clock.now() < this.#notBeforeMs) break;
        complete = await (this.#running ?? this.#run(true));
      }
      return this.#size() === 0;
    } finally {
      deadline.stop();
    }
  }

  /** Spans that no receiver has acknowledged, oldest first, those in flight included. */
  unsent(): ReadableSpan[] {
    return [...(this.#batch?.spans ?? []), ...this.#queue];
  }

  /** Gives the unsent spans away, to be kept elsewhere. */
  takeUnsent(): ReadableSpan[] {
    const spans = this.unsent();
    this.#batch = undefined;
    this.#queue = [];
    return spans;
  }

  /** Ends all timers and refuses further spans; what is held stays available to `flush` and `takeUnsent`. */
  stop(): void {
    this.#stopped = true;
    for (const timer of [this.#interval, this.#wake, this.#retry]) timer?.stop();
  }

  stats(): SpanBatchStats {
    return { queued: this.#size(), sent: this.#sent, dropped: { ...this.#dropped } };
  }

  #idle(): boolean {
    return this.#wake === undefined && this.#running === undefined && this.#retry === undefined;
  }

  #size(): number {
    return this.#queue.length + (this.#batch?.spans.length ?? 0);
  }

  #drop(reason: string, count: number): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + count;
  }

  #pump(everything: boolean): void {
    this.#wake = undefined;
    if (this.#running === undefined && this.#retry === undefined) void this.#run(everything);
  }

  /** Resolves with whether the last attempt succeeded. */
  #run(everything: boolean): Promise<boolean> {
    this.#retry?.stop();
    this.#retry = undefined;
    const running = this.#sendBatches(everything)
      // An unhandled rejection would end the server.
      .catch(() => false)
      .finally(() => {
        this.#running = undefined;
      });
    this.#running = running;
    return running;
  }

  async #sendBatches(everything: boolean): Promise<boolean> {
    do {
      this.#batch ??= this.#nextBatch();
      const batch = this.#batch;
      if (batch === undefined) continue;
      const outcome = await this.#options.send(batch.body);
      this.#options.onOutcome?.(outcome);
      if (outcome.state === 'retryable') {
        this.#scheduleRetry(outcome.retryAfterMs);
        return false;
      }
      this.#backoff.reset();
      // Taken away while in flight: whoever took it now answers for it.
      if (this.#batch !== batch) continue;
      this.#batch = undefined;
      this.#account(outcome, batch.spans.length);
    } while (this.#queue.length >= (everything ? 1 : this.#maxBatchSize));
    return true;
  }

  #account(outcome: SendOutcome, count: number): void {
    const rejected = rejectedItems(outcome, count);
    if (rejected > 0) this.#drop('rejected', rejected);
    this.#sent += count - rejected;
  }

  #scheduleRetry(retryAfterMs: number | undefined): void {
    const { clock } = this.#options;
    const waitMs = this.#backoff.next(retryAfterMs);
    this.#notBeforeMs = retryAfterMs === undefined ? 0 : clock.now() + retryAfterMs;
    if (this.#stopped) return;
    this.#retry = clock.after(waitMs, () => {
      this.#retry = undefined;
      this.#pump(true);
    });
  }

  #nextBatch(): Batch | undefined {
    while (this.#queue.length > 0) {
      const { spans, body, broken } = serializeSound(this.#queue.splice(0, this.#maxBatchSize));
      if (broken > 0) this.#drop('unserializable', broken);
      if (body !== undefined) return { spans, body };
    }
    return undefined;
  }
}
