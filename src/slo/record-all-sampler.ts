import type { Sampler } from '@opentelemetry/sdk-trace';

/** `SamplingDecision` of the SDK. */
const NOT_RECORD = 0;
const RECORD = 1;

/**
 * Records every span that another sampler drops, without exporting it: an `ObjectiveSpanProcessor` then sees all operations, whatever
 * the head sampler says. Costs what recording a span costs.
 *
 *     new NodeTracerProvider({ sampler: recordAllSampler(new TraceIdRatioBasedSampler(0.1)), spanProcessors: [new ObjectiveSpanProcessor()] })
 */
export function recordAllSampler(head: Sampler): Sampler {
  return {
    shouldSample(...of) {
      const result = head.shouldSample(...of);
      return result.decision === NOT_RECORD ? { ...result, decision: RECORD } : result;
    },
    toString: () => `RecordAll{${head.toString()}}`,
  };
}
