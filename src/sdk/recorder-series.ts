import type { Attributes } from '@opentelemetry/api';
import type { ClientRecorder } from '../mcp/client/client-recorder.ts';
import type { ConnectionKind } from '../mcp/connection-kind.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import type { DurationSeries, OperationTally } from '../mcp/operation-tally.ts';
import type { Recorder } from '../mcp/recorder.ts';
import type { SessionStore } from '../mcp/session-store.ts';
import {
  ATTR_DIRECTION,
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_PROMPT_NAME,
  ATTR_GEN_AI_TOOL_NAME,
  ATTR_MCP_METHOD_NAME,
  ATTR_MCP_PROTOCOL_VERSION,
  ATTR_NETWORK_TRANSPORT,
  ATTR_RPC_RESPONSE_STATUS_CODE,
  ATTR_SELF_SIGNAL,
  ATTR_STAGE,
  DIRECTION_VALUE_RECEIVED,
  DIRECTION_VALUE_SENT,
  GEN_AI_OPERATION_NAME_VALUE_EXECUTE_TOOL,
} from '../semconv/attributes.ts';
import { STAGES } from '../semconv/stages.ts';
import {
  METRIC_ACTIVE_REQUESTS,
  METRIC_ACTIVE_SESSIONS,
  METRIC_CLIENT_OPERATION_DURATION,
  METRIC_CLIENT_SESSION_DURATION,
  METRIC_MESSAGE_SIZE,
  METRIC_QUEUE_DEPTH,
  METRIC_SELF_DROPPED,
  METRIC_SELF_ERRORS,
  METRIC_SELF_NAMES_OVERFLOWED,
  METRIC_SELF_QUEUE_SIZE,
  METRIC_SELF_REMOTE_SAMPLED_LIMITED,
  METRIC_SERVER_OPERATION_DURATION,
  METRIC_SERVER_SESSION_DURATION,
  METRIC_STAGE_DURATION,
} from '../semconv/streams.ts';
import { KnownAttributes } from './known-attributes.ts';
import type { SeriesOfStream, SeriesPoint, SeriesSource } from './series-producer.ts';

/** What was lost on the way out, and what waits: told by the export pipeline. */
export interface SelfFigures {
  dropped(): Readonly<Record<string, number>>;
  queueSizes(): Readonly<Record<string, number>>;
  /** Operations that a remote caller wanted exported, over the limit for that. */
  remoteSampledLimited?(): number;
}

export interface RecorderSeriesOptions {
  /** Operations whose stage series are exported; the others are measured and shown, but not exported. Default 20. */
  readonly stageOperations: number;
  readonly self: SelfFigures;
  /** What this process asks of others; left out, its streams are. */
  readonly clients?: ClientRecorder;
}

/** Reads the streams of `semconv/streams.ts` out of a recorder. */
export function recorderSeries(recorder: Recorder, options: RecorderSeriesOptions): SeriesSource {
  return () => [
    { stream: METRIC_SERVER_OPERATION_DURATION, points: operationPoints(recorder.entries()) },
    { stream: METRIC_SERVER_SESSION_DURATION, points: sessionPoints(recorder.sessions) },
    ...clientSeries(options.clients),
    { stream: METRIC_STAGE_DURATION, points: stagePoints(recorder, options.stageOperations) },
    { stream: METRIC_ACTIVE_REQUESTS, points: activeRequestPoints(recorder) },
    { stream: METRIC_ACTIVE_SESSIONS, points: activeSessionPoints(recorder) },
    { stream: METRIC_QUEUE_DEPTH, points: [{ attributes: {}, value: recorder.queued }] },
    { stream: METRIC_MESSAGE_SIZE, points: messageSizePoints(recorder) },
    ...selfSeries(recorder, options),
  ];
}

function clientSeries(clients: ClientRecorder | undefined): SeriesOfStream[] {
  if (clients === undefined) return [];
  return [
    { stream: METRIC_CLIENT_OPERATION_DURATION, points: operationPoints(clients.entries()) },
    { stream: METRIC_CLIENT_SESSION_DURATION, points: sessionPoints(clients.sessions) },
  ];
}

/** Attributes of an operation that all its points share. */
export function identityOf(entry: OperationTally): Attributes {
  const attributes: Attributes = { [ATTR_MCP_METHOD_NAME]: entry.method };
  if (entry.target === undefined) return attributes;
  attributes[entry.targetKind === 'prompt' ? ATTR_GEN_AI_PROMPT_NAME : ATTR_GEN_AI_TOOL_NAME] = entry.target;
  return attributes;
}

function connectionAttributes(kind: ConnectionKind): Attributes {
  const attributes: Attributes = { [ATTR_NETWORK_TRANSPORT]: kind.transport };
  if (kind.protocolVersion !== '') attributes[ATTR_MCP_PROTOCOL_VERSION] = kind.protocolVersion;
  return attributes;
}

/** The attributes of one operation-duration point; the allow-list of the stream and nothing else. */
export function operationAttributes(
  entry: OperationTally,
  series: Pick<DurationSeries, 'kind' | 'errorType' | 'statusCode'>,
): Attributes {
  const attributes: Attributes = { ...identityOf(entry), ...connectionAttributes(series.kind) };
  if (entry.targetKind === 'tool') attributes[ATTR_GEN_AI_OPERATION_NAME] = GEN_AI_OPERATION_NAME_VALUE_EXECUTE_TOOL;
  if (series.errorType !== '') attributes[ATTR_ERROR_TYPE] = series.errorType;
  if (series.statusCode !== '') attributes[ATTR_RPC_RESPONSE_STATUS_CODE] = series.statusCode;
  return attributes;
}

function* operationPoints(entries: Iterable<OperationTally>): Generator<SeriesPoint> {
  for (const entry of entries) {
    for (const series of entry.series) {
      let attributes = ofSeries.get(series);
      if (attributes === undefined) {
        attributes = operationAttributes(entry, series);
        ofSeries.set(series, attributes);
      }
      yield { attributes, value: series.histogram };
    }
  }
}

/** Attributes of the points of operations; a series is that of one operation for ever. */
const ofSeries = new WeakMap<DurationSeries, Attributes>();

/** The attributes of one session-duration point. */
export function sessionAttributes(kind: ConnectionKind, errorType: string): Attributes {
  return { ...connectionAttributes(kind), ...(errorType === '' ? {} : { [ATTR_ERROR_TYPE]: errorType }) };
}

function sessionPoints(sessions: SessionStore): SeriesPoint[] {
  return sessions.series.map(({ kind, errorType, histogram }) => ({
    attributes: sessionAttributes(kind, errorType),
    value: histogram,
  }));
}

/** Total seconds of an operation so far: what decides which ones carry the load. */
function loadOf(entry: OperationEntry): number {
  return entry.series.reduce((sum, { histogram }) => sum + histogram.sum, 0);
}

function* stagePoints(recorder: Recorder, limit: number): Generator<SeriesPoint> {
  const entries = [...recorder.entries()];
  let exported = entries.filter((entry) => entry.stagesExported).length;
  const candidates = entries.filter((entry) => !entry.stagesExported && entry.count > 0);
  for (const entry of candidates.sort((a, b) => loadOf(b) - loadOf(a))) {
    if (exported >= limit) break;
    entry.stagesExported = true;
    exported += 1;
  }
  for (const entry of entries) {
    if (!entry.stagesExported) continue;
    for (const [index, value] of entry.stageHistograms.entries()) {
      yield { attributes: ofStage.with(entry, STAGES[index] as string), value };
    }
  }
}

/** The stage stream is by method and tool only. */
const ofStage = new KnownAttributes<OperationEntry>((entry) => {
  const { [ATTR_GEN_AI_PROMPT_NAME]: _, ...attributes } = identityOf(entry);
  return attributes;
}, ATTR_STAGE);

function activeRequestPoints(recorder: Recorder): SeriesPoint[] {
  return [...recorder.inFlight()].map(({ method, transport, count }) => ({
    attributes: { [ATTR_MCP_METHOD_NAME]: method, [ATTR_NETWORK_TRANSPORT]: transport },
    value: count,
  }));
}

function activeSessionPoints(recorder: Recorder): SeriesPoint[] {
  const counts = new Map<string, number>();
  // A transport that had sessions keeps its point at 0: a gauge that vanishes reads as "unknown".
  for (const { kind } of recorder.sessions.series) counts.set(kind.transport, 0);
  for (const { kind } of recorder.sessions.open) counts.set(kind.transport, (counts.get(kind.transport) ?? 0) + 1);
  return [...counts].map(([transport, value]) => ({ attributes: { [ATTR_NETWORK_TRANSPORT]: transport }, value }));
}

function messageSizePoints(recorder: Recorder): SeriesPoint[] {
  const directions = [
    [DIRECTION_VALUE_RECEIVED, 'receivedSizes'],
    [DIRECTION_VALUE_SENT, 'sentSizes'],
  ] as const;
  return directions.flatMap(([direction, sizes]) =>
    [...recorder.methods()].flatMap((method) => {
      const value = method[sizes];
      if (value === undefined) return [];
      return { attributes: { [ATTR_DIRECTION]: direction, [ATTR_MCP_METHOD_NAME]: method.label }, value };
    }),
  );
}

function selfSeries(recorder: Recorder, { self, clients }: RecorderSeriesOptions): SeriesOfStream[] {
  const dropped = Object.entries(self.dropped()).map(([key, value]) => {
    const [signal = key, reason = ''] = key.split(' ');
    return { attributes: { [ATTR_SELF_SIGNAL]: signal, [ATTR_ERROR_TYPE]: reason }, value };
  });
  const queues = Object.entries(self.queueSizes()).map(([signal, value]) => ({
    attributes: { [ATTR_SELF_SIGNAL]: signal },
    value,
  }));
  const errors = [...recorder.selfErrors].map(([type, value]) => ({ attributes: { [ATTR_ERROR_TYPE]: type }, value }));
  return [
    { stream: METRIC_SELF_DROPPED, points: dropped },
    { stream: METRIC_SELF_QUEUE_SIZE, points: queues },
    {
      stream: METRIC_SELF_NAMES_OVERFLOWED,
      points: [{ attributes: {}, value: recorder.names.overflowed + (clients?.names.overflowed ?? 0) }],
    },
    {
      stream: METRIC_SELF_REMOTE_SAMPLED_LIMITED,
      points: [{ attributes: {}, value: self.remoteSampledLimited?.() ?? 0 }],
    },
    { stream: METRIC_SELF_ERRORS, points: errors },
  ];
}
