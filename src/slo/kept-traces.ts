import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { TokenBucket } from '../core/token-bucket.ts';

/** Traces remembered as kept, for children that end after their operation. */
const MAX_REMEMBERED = 256;

/**
 * Traces exported although the sampler had decided otherwise, because an operation failed or missed an objective: at most so many
 * a second. Where children are to be kept too, spans of operations that are not sampled wait here, in a bounded buffer whose
 * oldest give way, until their operation is judged.
 */
export class KeptTraces {
  /** Operations kept so far, and those over the limit. */
  kept = 0;
  limited = 0;
  readonly #bucket: TokenBucket;
  readonly #maxChildren: number;
  readonly #export: (spans: readonly ReadableSpan[]) => void;
  #children: ReadableSpan[] = [];
  readonly #remembered = new Set<string>();

  /**
   * @param options.now monotonic milliseconds
   * @param options.children spans held at most; 0: none
   * @param options.export gets children of kept traces that end after their operation
   */
  constructor(options: {
    readonly perSecond: number;
    readonly children: number;
    readonly now: () => number;
    readonly export: (spans: readonly ReadableSpan[]) => void;
  }) {
    this.#bucket = new TokenBucket(options.perSecond, options.now);
    this.#maxChildren = options.children;
    this.#export = options.export;
  }

  /** Whether one more operation may be kept now; counts either way. */
  accepts(): boolean {
    const accepted = this.#bucket.take();
    if (accepted) this.kept += 1;
    else this.limited += 1;
    return accepted;
  }

  get holdsChildren(): boolean {
    return this.#maxChildren > 0;
  }

  /** Takes a span that is not sampled and has ended. */
  hold(span: ReadableSpan): void {
    if (this.#maxChildren === 0) return;
    if (this.#remembered.has(span.spanContext().traceId)) {
      this.#export([span]);
      return;
    }
    this.#children.push(span);
    // In halves, so that making room costs next to nothing per span.
    if (this.#children.length > 2 * this.#maxChildren) this.#children = this.#children.slice(-this.#maxChildren);
  }

  /** A trace is kept: what is held of it is the caller's, and what still comes of it is exported. */
  release(traceId: string): readonly ReadableSpan[] {
    if (this.#maxChildren === 0) return [];
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const [oldest = ''] = this.#remembered;
      this.#remembered.delete(oldest);
    }
    this.#remembered.add(traceId);
    const held = this.#children.slice(-this.#maxChildren);
    const isOfTrace = (span: ReadableSpan): boolean => span.spanContext().traceId === traceId;
    this.#children = held.filter((span) => !isOfTrace(span));
    return held.filter(isOfTrace);
  }
}
