import { AggregationType, createAllowListAttributesProcessor, type ViewOptions } from '@opentelemetry/sdk-metrics';
import {
  BATCH_SIZE_BOUNDARIES,
  MESSAGE_SIZE_BOUNDARIES,
  OPERATION_DURATION_BOUNDARIES,
  STAGE_DURATION_BOUNDARIES,
  withThresholds,
} from '../semconv/boundaries.ts';
import { METRIC_COMPONENT_DURATION } from '../semconv/component-streams.ts';
import {
  METRIC_BATCH_DURATION,
  METRIC_BATCH_SIZE,
  METRIC_BATCH_WAIT,
  METRIC_POOL_CREATE_TIME,
  METRIC_POOL_USE_TIME,
  METRIC_POOL_WAIT_TIME,
  METRIC_QUERY_DURATION,
} from '../semconv/resource-streams.ts';
import {
  METRIC_CLIENT_OPERATION_DURATION,
  METRIC_CLIENT_SESSION_DURATION,
  METRIC_MESSAGE_SIZE,
  METRIC_SERVER_OPERATION_DURATION,
  METRIC_SERVER_SESSION_DURATION,
  METRIC_STAGE_DURATION,
  STREAMS,
} from '../semconv/streams.ts';

const BOUNDARIES: Readonly<Record<string, readonly number[]>> = {
  [METRIC_SERVER_OPERATION_DURATION]: OPERATION_DURATION_BOUNDARIES,
  [METRIC_SERVER_SESSION_DURATION]: OPERATION_DURATION_BOUNDARIES,
  [METRIC_CLIENT_OPERATION_DURATION]: OPERATION_DURATION_BOUNDARIES,
  [METRIC_CLIENT_SESSION_DURATION]: OPERATION_DURATION_BOUNDARIES,
  [METRIC_STAGE_DURATION]: STAGE_DURATION_BOUNDARIES,
  [METRIC_COMPONENT_DURATION]: STAGE_DURATION_BOUNDARIES,
  [METRIC_MESSAGE_SIZE]: MESSAGE_SIZE_BOUNDARIES,
  [METRIC_POOL_WAIT_TIME]: STAGE_DURATION_BOUNDARIES,
  [METRIC_POOL_USE_TIME]: STAGE_DURATION_BOUNDARIES,
  [METRIC_POOL_CREATE_TIME]: STAGE_DURATION_BOUNDARIES,
  [METRIC_QUERY_DURATION]: STAGE_DURATION_BOUNDARIES,
  [METRIC_BATCH_SIZE]: BATCH_SIZE_BOUNDARIES,
  [METRIC_BATCH_WAIT]: STAGE_DURATION_BOUNDARIES,
  [METRIC_BATCH_DURATION]: STAGE_DURATION_BOUNDARIES,
};

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
    const boundaries = BOUNDARIES[stream.name];
    if (boundaries === undefined) return [];
    const withObjectives = thresholds[stream.name] ?? [];
    return [
      {
        instrumentName: stream.name,
        aggregation: {
          type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
          options: { boundaries: [...withThresholds(boundaries, withObjectives)], recordMinMax: true },
        },
        attributesProcessors: [createAllowListAttributesProcessor([...stream.attributes])],
      },
    ];
  });
}
