import { COMPONENT_STREAMS } from './component-streams.ts';
import { JUDGEMENT_STREAMS } from './judgement-streams.ts';
import { PRESSURE_STREAMS } from './pressure-streams.ts';
import { RESOURCE_STREAMS } from './resource-streams.ts';
import type { Stream } from './stream.ts';

const OPERATION_ATTRIBUTES = [
  'mcp.method.name',
  'gen_ai.tool.name',
  'gen_ai.prompt.name',
  'error.type',
  'rpc.response.status_code',
  'network.transport',
  'mcp.protocol.version',
  'gen_ai.operation.name',
] as const;

export const METRIC_SERVER_OPERATION_DURATION = 'mcp.server.operation.duration';
export const METRIC_SERVER_SESSION_DURATION = 'mcp.server.session.duration';
export const METRIC_CLIENT_OPERATION_DURATION = 'mcp.client.operation.duration';
export const METRIC_CLIENT_SESSION_DURATION = 'mcp.client.session.duration';
export const METRIC_STAGE_DURATION = 'mcp_vitals.stage.duration';
export const METRIC_ACTIVE_REQUESTS = 'mcp_vitals.active_requests';
export const METRIC_ACTIVE_SESSIONS = 'mcp_vitals.active_sessions';
export const METRIC_QUEUE_DEPTH = 'mcp_vitals.queue.depth';
export const METRIC_MESSAGE_SIZE = 'mcp_vitals.message.size';
export const METRIC_SELF_DROPPED = 'mcp_vitals.self.dropped';
export const METRIC_SELF_QUEUE_SIZE = 'mcp_vitals.self.queue.size';
export const METRIC_SELF_NAMES_OVERFLOWED = 'mcp_vitals.self.names.overflowed';
export const METRIC_SELF_ERRORS = 'mcp_vitals.self.errors';
export const METRIC_SELF_REMOTE_SAMPLED_LIMITED = 'mcp_vitals.self.remote_sampled.limited';

/** Every stream recorded by the instrumentation itself (runtime streams are listed in `runtime-streams.ts`). */
export const STREAMS: readonly Stream[] = [
  {
    name: METRIC_SERVER_OPERATION_DURATION,
    kind: 'histogram',
    unit: 's',
    description:
      'Duration of an MCP request or notification as observed by the receiver, from receipt to transmission.',
    attributes: OPERATION_ATTRIBUTES,
  },
  {
    name: METRIC_SERVER_SESSION_DURATION,
    kind: 'histogram',
    unit: 's',
    description: 'Duration of an MCP session as observed by the server.',
    attributes: ['network.transport', 'mcp.protocol.version', 'error.type'],
  },
  {
    name: METRIC_CLIENT_OPERATION_DURATION,
    kind: 'histogram',
    unit: 's',
    description:
      'Duration of an MCP request or notification as observed by the sender, from sending to the answer or its acceptance.',
    attributes: OPERATION_ATTRIBUTES,
  },
  {
    name: METRIC_CLIENT_SESSION_DURATION,
    kind: 'histogram',
    unit: 's',
    description: 'Duration of an MCP session as observed by the client.',
    attributes: ['network.transport', 'mcp.protocol.version', 'error.type'],
  },
  {
    name: METRIC_STAGE_DURATION,
    kind: 'histogram',
    unit: 's',
    description: 'Time an operation spent in one stage of the SDK.',
    attributes: ['mcp.method.name', 'gen_ai.tool.name', 'mcp_vitals.stage'],
  },
  {
    name: METRIC_ACTIVE_REQUESTS,
    kind: 'updowncounter',
    unit: '{request}',
    description: 'Requests received and not yet answered.',
    attributes: ['mcp.method.name', 'network.transport'],
  },
  {
    name: METRIC_ACTIVE_SESSIONS,
    kind: 'updowncounter',
    unit: '{session}',
    description: 'Sessions that are open.',
    attributes: ['network.transport'],
  },
  {
    name: METRIC_QUEUE_DEPTH,
    kind: 'gauge',
    unit: '{request}',
    description: 'Requests received whose handler has not started.',
    attributes: [],
  },
  {
    name: METRIC_MESSAGE_SIZE,
    kind: 'histogram',
    unit: 'By',
    description: 'Size of a JSON-RPC message as serialised, where the size is known without extra work.',
    attributes: ['mcp_vitals.direction', 'mcp.method.name'],
  },
  {
    name: METRIC_SELF_DROPPED,
    kind: 'counter',
    unit: '{item}',
    description: 'Telemetry items of ours that were lost, by signal and reason.',
    attributes: ['mcp_vitals.signal', 'error.type'],
  },
  {
    name: METRIC_SELF_QUEUE_SIZE,
    kind: 'gauge',
    unit: '{item}',
    description: 'Telemetry items waiting for export.',
    attributes: ['mcp_vitals.signal'],
  },
  {
    name: METRIC_SELF_NAMES_OVERFLOWED,
    kind: 'counter',
    unit: '{operation}',
    description: 'Operations recorded under _OTHER because their name was not registered or over the bound.',
    attributes: [],
  },
  {
    name: METRIC_SELF_ERRORS,
    kind: 'counter',
    unit: '{error}',
    description: 'Failures inside the instrumentation that were contained; the server was not affected.',
    attributes: ['error.type'],
  },
  {
    name: METRIC_SELF_REMOTE_SAMPLED_LIMITED,
    kind: 'counter',
    unit: '{operation}',
    description:
      'Operations a remote caller wanted exported, over the limit for that: the local ratio decided instead.',
    attributes: [],
  },
  ...COMPONENT_STREAMS,
  ...RESOURCE_STREAMS,
  ...JUDGEMENT_STREAMS,
  ...PRESSURE_STREAMS,
];

/** Looks a stream up by its OpenTelemetry name; throws `RangeError` for a name that is not in the table. */
export function streamByName(name: string): Stream {
  const stream = STREAMS.find((candidate) => candidate.name === name);
  if (stream === undefined) throw new RangeError(`unknown metric stream ${JSON.stringify(name)}`);
  return stream;
}
