import type { SamplerConfig } from '../config/index.ts';
import { TokenBucket } from '../core/token-bucket.ts';
import { type SpanContext, TRACE_FLAG_SAMPLED } from '../mcp/span-types.ts';

/**
 * How many operations a second are exported because a remote caller says that his trace is sampled. Anybody who can reach the
 * server can say so; over the limit his word counts for nothing, and the local ratio decides.
 */
export class RemoteSampling {
  /** Operations over the limit so far. */
  limited = 0;
  readonly #bucket: TokenBucket;

  /** @param now monotonic milliseconds */
  constructor(perSecond: number, now: () => number) {
    this.#bucket = new TokenBucket(perSecond, now);
  }

  accepts(): boolean {
    if (this.#bucket.take()) return true;
    this.limited += 1;
    return false;
  }
}

/**
 * Head decision for operations: follows a parent's flag when parent-based, else draws by ratio. The draw comes before any id
 * is made, so an operation that is not exported and has no children never pays for ids.
 *
 * @param random uniform in [0, 1); injected in tests
 * @param remote bounds what remote callers can have exported; without it their sampled flag is always followed
 */
export function createHeadSampler(
  config: SamplerConfig,
  random: () => number = Math.random,
  remote?: RemoteSampling,
): (parent: SpanContext | undefined) => boolean {
  const { parentBased, ratio } = config;
  return (parent) => {
    if (parentBased && parent !== undefined) {
      const sampled = (parent.traceFlags & TRACE_FLAG_SAMPLED) !== 0;
      if (!sampled || parent.isRemote !== true || remote === undefined || remote.accepts()) return sampled;
    }
    return ratio >= 1 || (ratio > 0 && random() < ratio);
  };
}
