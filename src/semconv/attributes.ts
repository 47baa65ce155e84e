/**
 * Attribute names. Standard ones are copied from the OpenTelemetry semantic conventions for MCP
 * (open-telemetry/semantic-conventions-genai, docs/gen-ai/mcp.md), because the published constants are moving.
 */
export const ATTR_MCP_METHOD_NAME = 'mcp.method.name';
export const ATTR_MCP_PROTOCOL_VERSION = 'mcp.protocol.version';
export const ATTR_MCP_RESOURCE_URI = 'mcp.resource.uri';
export const ATTR_MCP_SESSION_ID = 'mcp.session.id';
export const ATTR_JSONRPC_REQUEST_ID = 'jsonrpc.request.id';
export const ATTR_GEN_AI_TOOL_NAME = 'gen_ai.tool.name';
export const ATTR_GEN_AI_PROMPT_NAME = 'gen_ai.prompt.name';
export const ATTR_GEN_AI_OPERATION_NAME = 'gen_ai.operation.name';
export const GEN_AI_OPERATION_NAME_VALUE_EXECUTE_TOOL = 'execute_tool';
export const ATTR_GEN_AI_TOOL_CALL_ARGUMENTS = 'gen_ai.tool.call.arguments';
export const ATTR_GEN_AI_TOOL_CALL_RESULT = 'gen_ai.tool.call.result';
export const ATTR_RPC_RESPONSE_STATUS_CODE = 'rpc.response.status_code';
export const ATTR_ERROR_TYPE = 'error.type';
export const ERROR_TYPE_VALUE_TOOL_ERROR = 'tool_error';
export const ERROR_TYPE_VALUE_TIMEOUT = 'timeout';
export const ERROR_TYPE_VALUE_CANCELLED = 'cancelled';
export const ERROR_TYPE_VALUE_CONNECTION_CLOSED = 'connection_closed';
export const ERROR_TYPE_VALUE_OTHER = '_OTHER';
export const ATTR_NETWORK_TRANSPORT = 'network.transport';
export const ATTR_NETWORK_PROTOCOL_NAME = 'network.protocol.name';
export const ATTR_CLIENT_ADDRESS = 'client.address';
export const ATTR_CLIENT_PORT = 'client.port';
export const ATTR_SERVER_ADDRESS = 'server.address';
export const ATTR_SERVER_PORT = 'server.port';

/** Attributes of our own. */
export const ATTR_STAGE = 'mcp_vitals.stage';
export const ATTR_DIRECTION = 'mcp_vitals.direction';
export const DIRECTION_VALUE_RECEIVED = 'received';
export const DIRECTION_VALUE_SENT = 'sent';
/** Prefix of the span attributes that hold the stage durations in seconds: `mcp_vitals.stage.execution`. */
export const ATTR_STAGE_PREFIX = 'mcp_vitals.stage.';
/** Kind and name of something a tool calls. */
export const ATTR_COMPONENT = 'mcp_vitals.component';
export const ATTR_COMPONENT_NAME = 'mcp_vitals.component.name';
/** Prefix of the span attributes that hold the seconds spent in components of a kind: `mcp_vitals.component.database`. */
export const ATTR_COMPONENT_PREFIX = 'mcp_vitals.component.';
/** Where in code our own telemetry was lost. */
export const ATTR_SELF_SIGNAL = 'mcp_vitals.signal';

/** Name that stands for every value beyond the cardinality bound or not registered by the server. */
export const OTHER = '_OTHER';

/** Caches, connection pools, databases and batchers; the `db.` ones are those of the database conventions. */
export const ATTR_CACHE_NAME = 'mcp_vitals.cache.name';
export const ATTR_CACHE_RESULT = 'mcp_vitals.cache.result';
export const CACHE_RESULT_VALUE_HIT = 'hit';
export const CACHE_RESULT_VALUE_MISS = 'miss';
export const CACHE_RESULT_VALUE_ERROR = 'error';
export const ATTR_BATCHER_NAME = 'mcp_vitals.batcher.name';
export const ATTR_DB_POOL_NAME = 'db.client.connection.pool.name';
export const ATTR_DB_CONNECTION_STATE = 'db.client.connection.state';
export const DB_CONNECTION_STATE_VALUE_USED = 'used';
export const DB_CONNECTION_STATE_VALUE_IDLE = 'idle';
export const ATTR_DB_SYSTEM_NAME = 'db.system.name';
export const ATTR_DATABASE_NAME = 'mcp_vitals.database.name';
export const ATTR_DB_OPERATION_NAME = 'db.operation.name';
export const ATTR_PREPARED = 'mcp_vitals.database.prepared';
export const PREPARED_VALUE_REUSED = 'reused';
export const PREPARED_VALUE_PARSED = 'parsed';
