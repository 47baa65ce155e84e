import type { Attributes, Histogram, Meter } from '@opentelemetry/api';
import type { ClientFinishedListener } from '../mcp/client/client-recorder.ts';
import type { Operation } from '../mcp/operation.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import { ATTR_DIRECTION, ATTR_STAGE, DIRECTION_VALUE_RECEIVED, DIRECTION_VALUE_SENT } from '../semconv/attributes.ts';
import { STAGES } from '../semconv/stages.ts';
import {
  METRIC_CLIENT_OPERATION_DURATION,
  METRIC_MESSAGE_SIZE,
  METRIC_SERVER_OPERATION_DURATION,
  METRIC_STAGE_DURATION,
  streamByName,
} from '../semconv/streams.ts';
import { operationAttributes } from './recorder-series.ts';

/** Records one finished operation into ordinary OpenTelemetry instruments. */
export type InstrumentRecorder = (operation: Operation, entry: OperationEntry, stagesMs: Float64Array) => void;

function histogram(meter: Meter, name: string): Histogram {
  const { unit, description } = streamByName(name);
  return meter.createHistogram(name, { unit, description });
}

/**
 * Our histograms as ordinary instruments of a meter, recorded the ordinary way. Together with `vitalsViews` this is the
 * definition of what the pre-resolved series expose, at the price of hashing attributes on every call.
 */
export function createInstrumentRecorder(meter: Meter): InstrumentRecorder {
  const duration = histogram(meter, METRIC_SERVER_OPERATION_DURATION);
  const stage = histogram(meter, METRIC_STAGE_DURATION);
  const size = histogram(meter, METRIC_MESSAGE_SIZE);
  return (operation, entry, stagesMs) => {
    const { kind } = operation.connection;
    const { errorType, statusCode } = operation.outcome;
    const attributes = operationAttributes(entry, { kind, errorType, statusCode });
    duration.record(operation.durationMs / 1000, attributes);
    for (const [index, name] of STAGES.entries()) {
      stage.record((stagesMs[index] ?? 0) / 1000, { ...attributes, [ATTR_STAGE]: name });
    }
    const record = (bytes: number, direction: string): void => {
      const withDirection: Attributes = { ...attributes, [ATTR_DIRECTION]: direction };
      if (bytes > 0) size.record(bytes, withDirection);
    };
    record(operation.receivedBytes, DIRECTION_VALUE_RECEIVED);
    record(operation.sentBytes, DIRECTION_VALUE_SENT);
  };
}

/** The same for what a process asks of others. */
export function createClientInstrumentRecorder(meter: Meter): ClientFinishedListener {
  const duration = histogram(meter, METRIC_CLIENT_OPERATION_DURATION);
  return (operation, entry) => {
    const { errorType, statusCode } = operation.outcome;
    const { kind } = operation.connection;
    duration.record(operation.durationMs / 1000, operationAttributes(entry, { kind, errorType, statusCode }));
  };
}
