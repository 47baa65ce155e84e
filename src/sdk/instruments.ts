import type { BatchObservableCallback, Histogram, Meter, Observable } from '@opentelemetry/api';
import type { ClientFinishedListener } from '../mcp/client/client-recorder.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import type { FinishedListener } from '../mcp/recorder.ts';
import type { SessionListener } from '../mcp/session-store.ts';
import {
  ATTR_COMPONENT,
  ATTR_COMPONENT_NAME,
  ATTR_DIRECTION,
  ATTR_GEN_AI_TOOL_NAME,
  ATTR_MCP_METHOD_NAME,
  ATTR_STAGE,
  DIRECTION_VALUE_RECEIVED,
  DIRECTION_VALUE_SENT,
} from '../semconv/attributes.ts';
import { withThresholds } from '../semconv/boundaries.ts';
import { METRIC_COMPONENT_DURATION } from '../semconv/component-streams.ts';
import { STAGES } from '../semconv/stages.ts';
import type { Stream } from '../semconv/stream.ts';
import {
  METRIC_CLIENT_OPERATION_DURATION,
  METRIC_CLIENT_SESSION_DURATION,
  METRIC_MESSAGE_SIZE,
  METRIC_SERVER_OPERATION_DURATION,
  METRIC_SERVER_SESSION_DURATION,
  METRIC_STAGE_DURATION,
  STREAMS,
  streamByName,
} from '../semconv/streams.ts';
import { operationAttributes, sessionAttributes } from './recorder-series.ts';
import type { SeriesSource } from './series-producer.ts';
import { STREAM_BOUNDARIES } from './stream-boundaries.ts';

export interface InstrumentsOptions {
  /** Counters and gauges, read when the meter collects; those that do not belong to MCP or to mcp-vitals are left out. */
  readonly series: SeriesSource;
  /** Operations with stages, the first that come; the stages of the others are not recorded. */
  readonly stageOperations: number;
  /** Objective thresholds in seconds, inserted into the suggested boundaries. */
  readonly thresholds?: Readonly<Record<'operation' | 'stage' | 'component', readonly number[]>>;
}

/** Records what finishes into the instruments of one meter. */
export interface Instruments {
  readonly served: FinishedListener;
  readonly sent: ClientFinishedListener;
  readonly servedSession: SessionListener;
  readonly sentSession: SessionListener;
  /** Takes the observable instruments back. Idempotent. */
  stop(): void;
}

/**
 * Our streams as ordinary instruments of a meter, recorded the ordinary way. Together with `vitalsViews` this is the
 * definition of what the pre-resolved series expose, at the price of hashing attributes on every call. Where there are no views
 * the boundaries are suggested to the meter, and attributes are those of the table anyway.
 */
export function createInstruments(meter: Meter, options: InstrumentsOptions): Instruments {
  const { stageOperations, thresholds } = options;
  const served = histogram(meter, METRIC_SERVER_OPERATION_DURATION, thresholds?.operation);
  const sent = histogram(meter, METRIC_CLIENT_OPERATION_DURATION);
  const stage = histogram(meter, METRIC_STAGE_DURATION, thresholds?.stage);
  const size = histogram(meter, METRIC_MESSAGE_SIZE);
  const component = histogram(meter, METRIC_COMPONENT_DURATION, thresholds?.component);
  const servedSession = histogram(meter, METRIC_SERVER_SESSION_DURATION);
  const sentSession = histogram(meter, METRIC_CLIENT_SESSION_DURATION);
  const withStages = new Set<OperationEntry>();

  const recordStages = (entry: OperationEntry, stagesMs: Float64Array): void => {
    if (!withStages.has(entry)) {
      if (withStages.size >= stageOperations) return;
      withStages.add(entry);
    }
    const { method } = entry;
    const tool = entry.targetKind === 'tool' ? entry.target : undefined;
    for (const [index, name] of STAGES.entries()) {
      const named = { [ATTR_MCP_METHOD_NAME]: method, [ATTR_STAGE]: name };
      stage.record(
        (stagesMs[index] ?? 0) / 1000,
        tool === undefined ? named : { ...named, [ATTR_GEN_AI_TOOL_NAME]: tool },
      );
    }
  };
  const recordSize = (bytes: number, direction: string, method: string): void => {
    if (bytes > 0) size.record(bytes, { [ATTR_DIRECTION]: direction, [ATTR_MCP_METHOD_NAME]: method });
  };

  return {
    served(operation, entry, stagesMs) {
      const { kind } = operation.connection;
      const { errorType, statusCode } = operation.outcome;
      served.record(operation.durationMs / 1000, operationAttributes(entry, { kind, errorType, statusCode }));
      recordStages(entry, stagesMs);
      recordSize(operation.receivedBytes, DIRECTION_VALUE_RECEIVED, entry.method);
      recordSize(operation.sentBytes, DIRECTION_VALUE_SENT, entry.method);
      const tool = entry.targetKind === 'tool' ? entry.target : undefined;
      for (const { component: called, busyMs } of operation.calls?.totals?.components ?? []) {
        const named = { [ATTR_COMPONENT]: called.kind, [ATTR_COMPONENT_NAME]: called.name };
        component.record(busyMs / 1000, tool === undefined ? named : { ...named, [ATTR_GEN_AI_TOOL_NAME]: tool });
      }
    },
    sent(operation, entry) {
      const { kind } = operation.connection;
      const { errorType, statusCode } = operation.outcome;
      sent.record(operation.durationMs / 1000, operationAttributes(entry, { kind, errorType, statusCode }));
    },
    servedSession: (kind, errorType, seconds) => servedSession.record(seconds, sessionAttributes(kind, errorType)),
    sentSession: (kind, errorType, seconds) => sentSession.record(seconds, sessionAttributes(kind, errorType)),
    stop: observe(meter, options.series),
  };
}

function histogram(meter: Meter, name: string, thresholds: readonly number[] = []): Histogram {
  const { unit, description } = streamByName(name);
  const explicitBucketBoundaries = [...withThresholds(STREAM_BOUNDARIES[name] ?? [], thresholds)];
  return meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries } });
}

/** Streams of the database conventions stay out: an instrumentation of the application may record the very same. */
const OBSERVED: readonly Stream[] = STREAMS.filter(({ name, kind }) => kind !== 'histogram' && name.startsWith('mcp'));

/** Counters and gauges as observable instruments, all read in one go; reading changes nothing. */
function observe(meter: Meter, series: SeriesSource): () => void {
  const instruments = new Map(OBSERVED.map((stream) => [stream.name, observable(meter, stream)]));
  const read: BatchObservableCallback = (result) => {
    for (const { stream, points } of series()) {
      const instrument = instruments.get(stream);
      if (instrument === undefined) continue;
      for (const { attributes, value } of points) {
        if (typeof value === 'number') result.observe(instrument, value, attributes);
      }
    }
  };
  const all = [...instruments.values()];
  meter.addBatchObservableCallback(read, all);
  return () => meter.removeBatchObservableCallback(read, all);
}

function observable(meter: Meter, { name, kind, unit, description }: Stream): Observable {
  if (kind === 'counter') return meter.createObservableCounter(name, { unit, description });
  if (kind === 'gauge') return meter.createObservableGauge(name, { unit, description });
  return meter.createObservableUpDownCounter(name, { unit, description });
}
