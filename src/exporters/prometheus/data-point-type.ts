/**
 * Values of OpenTelemetry's `DataPointType` and `AggregationTemporality`, written out so that formatting needs only the
 * types of the SDK, not its code; a test compares them with the installed SDK.
 */
export const DATA_POINT_HISTOGRAM = 0;
export const DATA_POINT_EXPONENTIAL_HISTOGRAM = 1;
export const DATA_POINT_GAUGE = 2;
export const DATA_POINT_SUM = 3;
export const TEMPORALITY_DELTA = 0;
