import type { AggregationType, IAttributesProcessor, ViewOptions } from '@opentelemetry/sdk-metrics';
import { withThresholds } from '../semconv/boundaries.ts';
import { METRIC_SERVER_OPERATION_DURATION, METRIC_STAGE_DURATION, STREAMS } from '../semconv/streams.ts';
import { STREAM_BOUNDARIES } from './stream-boundaries.ts';

/** The value of the SDK's enum, so that who imports the package root does not load the SDK; a test holds it to that. */
export const EXPLICIT_BUCKET_HISTOGRAM: AggregationType.EXPLICIT_BUCKET_HISTOGRAM = 4;

/**
 * The preconfigured views of our streams, for a `MeterProvider` of your own: explicit buckets and the attribute allow-list of
 * each histogram. They define what the product exposes by itself; a test holds both to the same points.
 *
 * @param options.thresholds objective thresholds in seconds, inserted into the boundaries of the server's operation durations so that the
 *   ratio of breaches is exact
 * @param options.stageThresholds the same for the durations of stages
 */
export function vitalsViews(
  options: { readonly thresholds?: readonly number[]; readonly stageThresholds?: readonly number[] } = {},
): ViewOptions[] {
  const thresholds: Readonly<Record<string, readonly number[] | undefined>> = {
    [METRIC_SERVER_OPERATION_DURATION]: options.thresholds,
    [METRIC_STAGE_DURATION]: options.stageThresholds,
  };
  return STREAMS.flatMap((stream) => {
    const boundaries = STREAM_BOUNDARIES[stream.name];
    if (boundaries === undefined) return [];
    const withObjectives = thresholds[stream.name] ?? [];
    return [
      {
        instrumentName: stream.name,
        aggregation: {
          type: EXPLICIT_BUCKET_HISTOGRAM,
          options: { boundaries: [...withThresholds(boundaries, withObjectives)], recordMinMax: true },
        },
        attributesProcessors: [allowing(stream.attributes)],
      },
    ];
  });
}

/** What `createAllowListAttributesProcessor` of the SDK makes. */
function allowing(names: readonly string[]): IAttributesProcessor {
  const allowed = new Set(names);
  return { process: (incoming) => Object.fromEntries(Object.entries(incoming).filter(([name]) => allowed.has(name))) };
}
