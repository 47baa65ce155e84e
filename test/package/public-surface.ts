/**
 * What users may import: the runtime names of every entry in `exports` of package.json, sorted. A change here is a change
 * of the public API: it belongs in the changelog.
 */
export const PUBLIC_SURFACE: Readonly<Record<string, readonly string[]>> = {
  '.': ['ConfigError', 'VERSION', 'defineConfig', 'isConfigError', 'startVitals', 'vitalsViews'],
  './register': [],
  './semconv': [
    'ATTR_CLIENT_ADDRESS',
    'ATTR_CLIENT_PORT',
    'ATTR_CPU_MODE',
    'ATTR_DIRECTION',
    'ATTR_ERROR_TYPE',
    'ATTR_GEN_AI_OPERATION_NAME',
    'ATTR_GEN_AI_PROMPT_NAME',
    'ATTR_GEN_AI_TOOL_CALL_ARGUMENTS',
    'ATTR_GEN_AI_TOOL_CALL_RESULT',
    'ATTR_GEN_AI_TOOL_NAME',
    'ATTR_JSONRPC_REQUEST_ID',
    'ATTR_MCP_METHOD_NAME',
    'ATTR_MCP_PROTOCOL_VERSION',
    'ATTR_MCP_RESOURCE_URI',
    'ATTR_MCP_SESSION_ID',
    'ATTR_NETWORK_PROTOCOL_NAME',
    'ATTR_NETWORK_TRANSPORT',
    'ATTR_NODEJS_EVENTLOOP_STATE',
    'ATTR_RPC_RESPONSE_STATUS_CODE',
    'ATTR_SELF_SIGNAL',
    'ATTR_SERVER_ADDRESS',
    'ATTR_SERVER_PORT',
    'ATTR_STAGE',
    'ATTR_STAGE_PREFIX',
    'ATTR_V8JS_GC_TYPE',
    'ATTR_V8JS_HEAP_SPACE_NAME',
    'CPU_MODE_VALUE_SYSTEM',
    'CPU_MODE_VALUE_USER',
    'DIRECTION_VALUE_RECEIVED',
    'DIRECTION_VALUE_SENT',
    'ERROR_TYPE_VALUE_CANCELLED',
    'ERROR_TYPE_VALUE_CONNECTION_CLOSED',
    'ERROR_TYPE_VALUE_OTHER',
    'ERROR_TYPE_VALUE_TIMEOUT',
    'ERROR_TYPE_VALUE_TOOL_ERROR',
    'GC_DURATION_BOUNDARIES',
    'GEN_AI_OPERATION_NAME_VALUE_EXECUTE_TOOL',
    'MESSAGE_SIZE_BOUNDARIES',
    'METRIC_ACTIVE_REQUESTS',
    'METRIC_ACTIVE_SESSIONS',
    'METRIC_CLIENT_OPERATION_DURATION',
    'METRIC_CLIENT_SESSION_DURATION',
    'METRIC_MESSAGE_SIZE',
    'METRIC_QUEUE_DEPTH',
    'METRIC_SELF_DROPPED',
    'METRIC_SELF_ERRORS',
    'METRIC_SELF_NAMES_OVERFLOWED',
    'METRIC_SELF_QUEUE_SIZE',
    'METRIC_SELF_REMOTE_SAMPLED_LIMITED',
    'METRIC_SERVER_OPERATION_DURATION',
    'METRIC_SERVER_SESSION_DURATION',
    'METRIC_STAGE_DURATION',
    'METRIC_V8JS_GC_DURATION',
    'NODEJS_EVENTLOOP_STATE_VALUE_ACTIVE',
    'NODEJS_EVENTLOOP_STATE_VALUE_IDLE',
    'OPERATION_DURATION_BOUNDARIES',
    'OTHER',
    'RUNTIME_STREAMS',
    'STAGES',
    'STAGE_DURATION_BOUNDARIES',
    'STAGE_EXECUTION',
    'STAGE_OUTPUT_VALIDATION',
    'STAGE_PROTOCOL',
    'STAGE_QUEUE',
    'STAGE_SERIALIZATION',
    'STAGE_TRANSMISSION',
    'STAGE_UNATTRIBUTED',
    'STAGE_VALIDATION',
    'STREAMS',
    'WELL_KNOWN_METHODS',
    'streamByName',
    'withThresholds',
  ],
};

/** Most runtime names an entry may have; the telemetry names are a table and have no bound. */
export const MAX_NAMES: Readonly<Record<string, number>> = {
  '.': 20,
  './register': 0,
  './semconv': Number.POSITIVE_INFINITY,
};

/** Bound of every other entry. */
export const MAX_ROOM_NAMES = 10;

/** Packages whose types must not reach users: they may have another version of them, or none. */
export const HIDDEN_TYPES = /@modelcontextprotocol\/|@openfeature\//;

/** Bound of the unpacked package, in bytes: what an installation adds to somebody's disk besides its dependencies. */
export const MAX_UNPACKED_BYTES = 1_500_000;
