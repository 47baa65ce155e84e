import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { ClientOperation } from '../mcp/client/client-operation.ts';
import type { Operation } from '../mcp/operation.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import { millisToHrTime } from '../mcp/operation-span.ts';
import type { OperationTally } from '../mcp/operation-tally.ts';
import { type Attributes, SPAN_KIND_CLIENT, SPAN_KIND_SERVER, type TimedEvent } from '../mcp/span-types.ts';
import {
  ATTR_COMPONENT_PREFIX,
  ATTR_ERROR_TYPE,
  ATTR_GEN_AI_OPERATION_NAME,
  ATTR_GEN_AI_PROMPT_NAME,
  ATTR_GEN_AI_TOOL_NAME,
  ATTR_JSONRPC_REQUEST_ID,
  ATTR_MCP_METHOD_NAME,
  ATTR_MCP_PROTOCOL_VERSION,
  ATTR_MCP_RESOURCE_URI,
  ATTR_MCP_SESSION_ID,
  ATTR_NETWORK_PROTOCOL_NAME,
  ATTR_NETWORK_TRANSPORT,
  ATTR_RPC_RESPONSE_STATUS_CODE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_STAGE_PREFIX,
  GEN_AI_OPERATION_NAME_VALUE_EXECUTE_TOOL,
} from '../semconv/attributes.ts';
import { ATTR_OBJECTIVE, ATTR_OBJECTIVE_BREACHED, EVENT_OBJECTIVE_BREACH } from '../semconv/objective-streams.ts';
import { STAGES } from '../semconv/stages.ts';

const STAGE_ATTRIBUTES: readonly string[] = STAGES.map((stage) => ATTR_STAGE_PREFIX + stage);

/** Names and URIs are the client's: they go on spans, but not at any length. */
const MAX_TEXT_CHARS = 1024;

export interface SpanExportOptions {
  readonly resource: Resource;
  readonly scope: ReadableSpan['instrumentationScope'];
  /** Wall-clock milliseconds of the origin of the monotonic clock. */
  readonly timeOrigin: number;
}

/** Turns a finished operation into the span that exporters and processors take; made only for operations that leave. */
export function toReadableSpan(
  operation: Operation,
  entry: OperationEntry,
  stagesMs: Float64Array,
  options: SpanExportOptions,
): ReadableSpan {
  return readable(operation, {
    kind: SPAN_KIND_SERVER,
    name: entry.name,
    startedAt: operation.receivedAt,
    endedAt: operation.sendTo,
    attributes: serverAttributes(operation, entry, stagesMs),
    events: breachEvents(operation, options.timeOrigin + operation.sendTo),
    options,
  });
}

/** The same for a request or notification this process has sent. */
export function toReadableClientSpan(
  operation: ClientOperation,
  entry: OperationTally,
  options: SpanExportOptions,
): ReadableSpan {
  return readable(operation, {
    kind: SPAN_KIND_CLIENT,
    name: entry.name,
    startedAt: operation.sentAt,
    endedAt: operation.endedAt,
    attributes: clientAttributes(operation, entry),
    events: [],
    options,
  });
}

interface SpanParts {
  readonly kind: number;
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Attributes;
  readonly events: TimedEvent[];
  readonly options: SpanExportOptions;
}

function readable(operation: Operation | ClientOperation, parts: SpanParts): ReadableSpan {
  const { startedAt, endedAt, options } = parts;
  const { errorType, statusMessage } = operation.outcome;
  const { parentSpanContext, added } = operation;
  return {
    name: added?.name ?? parts.name,
    kind: parts.kind,
    spanContext: () => operation.spanContext(),
    ...(parentSpanContext === undefined ? {} : { parentSpanContext }),
    startTime: millisToHrTime(options.timeOrigin + startedAt),
    endTime: millisToHrTime(options.timeOrigin + endedAt),
    status: operation.exportedStatus(errorType, statusMessage),
    attributes: added?.attributes === undefined ? parts.attributes : { ...parts.attributes, ...added.attributes },
    links: added?.links ?? [],
    events: added?.events === undefined ? parts.events : [...added.events, ...parts.events],
    duration: millisToHrTime(endedAt - startedAt),
    ended: true,
    resource: options.resource,
    instrumentationScope: options.scope,
    droppedAttributesCount: added?.droppedAttributes ?? 0,
    droppedEventsCount: added?.droppedEvents ?? 0,
    droppedLinksCount: added?.droppedLinks ?? 0,
  };
}

/** One event for every objective that the operation missed, at its end. */
function breachEvents({ missedObjectives }: Operation, atMs: number): TimedEvent[] {
  if (missedObjectives === undefined) return [];
  const time = millisToHrTime(atMs);
  return missedObjectives.map((id) => ({ time, name: EVENT_OBJECTIVE_BREACH, attributes: { [ATTR_OBJECTIVE]: id } }));
}

/** What the conventions want on the span of a received message, and the durations of its stages. */
export function serverAttributes(operation: Operation, entry: OperationEntry, stagesMs: Float64Array): Attributes {
  const attributes = commonAttributes(operation, entry);
  for (let stage = 0; stage < STAGE_ATTRIBUTES.length; stage += 1) {
    const durationMs = stagesMs[stage] ?? 0;
    if (durationMs > 0) attributes[STAGE_ATTRIBUTES[stage] as string] = durationMs / 1000;
  }
  if (operation.calls !== undefined) {
    for (const [kind, busyMs] of operation.calls.totals?.kinds ?? []) {
      attributes[ATTR_COMPONENT_PREFIX + kind] = busyMs / 1000;
    }
  }
  if (operation.missedObjectives !== undefined) attributes[ATTR_OBJECTIVE_BREACHED] = [...operation.missedObjectives];
  return attributes;
}

/** What the conventions want on the span of a sent request; also put on a span another instrumentation made for it. */
export function clientAttributes(operation: ClientOperation, entry: OperationTally): Attributes {
  const attributes = commonAttributes(operation, entry);
  const { address, port } = operation.connection.clientSide ?? {};
  if (address !== undefined) attributes[ATTR_SERVER_ADDRESS] = address;
  if (port !== undefined) attributes[ATTR_SERVER_PORT] = port;
  return attributes;
}

function commonAttributes(operation: Operation | ClientOperation, entry: OperationTally): Attributes {
  const { connection, outcome, requestedName, requestId } = operation;
  const { kind } = connection;
  const attributes: Attributes = {
    [ATTR_MCP_METHOD_NAME]: operation.method.slice(0, MAX_TEXT_CHARS),
    [ATTR_NETWORK_TRANSPORT]: kind.transport,
  };
  if (requestId !== undefined) attributes[ATTR_JSONRPC_REQUEST_ID] = String(requestId).slice(0, MAX_TEXT_CHARS);
  if (entry.targetKind === 'tool') attributes[ATTR_GEN_AI_OPERATION_NAME] = GEN_AI_OPERATION_NAME_VALUE_EXECUTE_TOOL;
  if (entry.targetKind !== undefined && requestedName !== undefined) {
    const name = entry.targetKind === 'tool' ? ATTR_GEN_AI_TOOL_NAME : ATTR_GEN_AI_PROMPT_NAME;
    attributes[name] = requestedName.slice(0, MAX_TEXT_CHARS);
  }
  if (operation.resourceUri !== undefined) {
    attributes[ATTR_MCP_RESOURCE_URI] = operation.resourceUri.slice(0, MAX_TEXT_CHARS);
  }
  if (kind.protocolName !== '') attributes[ATTR_NETWORK_PROTOCOL_NAME] = kind.protocolName;
  if (kind.protocolVersion !== '') attributes[ATTR_MCP_PROTOCOL_VERSION] = kind.protocolVersion;
  if (connection.transport.sessionId !== undefined) {
    attributes[ATTR_MCP_SESSION_ID] = String(connection.transport.sessionId);
  }
  if (outcome.errorType !== '') attributes[ATTR_ERROR_TYPE] = outcome.errorType;
  if (outcome.statusCode !== '') attributes[ATTR_RPC_RESPONSE_STATUS_CODE] = outcome.statusCode;
  return attributes;
}
