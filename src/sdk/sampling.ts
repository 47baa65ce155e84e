import type { SamplerConfig } from '../config/index.ts';
import { type SpanContext, TRACE_FLAG_SAMPLED } from '../mcp/span-types.ts';

/**
 * Head decision for operations: follows a parent's flag when parent-based, else draws by ratio. The draw comes before any id
 * is made, so an operation that is not exported and has no children never pays for ids.
 *
 * @param random uniform in [0, 1); injected in tests
 */
export function createHeadSampler(
  config: SamplerConfig,
  random: () => number = Math.random,
): (parent: SpanContext | undefined) => boolean {
  const { parentBased, ratio } = config;
  return (parent) => {
    if (parentBased && parent !== undefined) return (parent.traceFlags & TRACE_FLAG_SAMPLED) !== 0;
    return ratio >= 1 || (ratio > 0 && random() < ratio);
  };
}
