import {
  ERROR_TYPE_VALUE_CONNECTION_CLOSED,
  ERROR_TYPE_VALUE_OTHER,
  ERROR_TYPE_VALUE_TOOL_ERROR,
  OTHER,
} from '../semconv/attributes.ts';
import { OUTCOME_OK, type Outcome } from './operation.ts';
import type { JsonRpcMessage } from './sdk-shapes.ts';

/**
 * JSON-RPC codes that are the client's mistake: on the server's side they set `rpc.response.status_code` but are not errors
 * (conventions for MCP, "Recording errors on server spans"): parse error, invalid request, method not found, invalid params
 * (also an unknown tool), resource not found.
 */
const CLIENT_MISTAKES: ReadonlySet<number> = new Set([-32700, -32600, -32601, -32602, -32002]);

const MAX_DISTINCT = 100;
const MAX_MESSAGE_CHARS = 1024;
const seen = new Set<string>();

/** Keeps the number of distinct codes and error types that may become label values bounded. */
function bounded(value: string, known: Set<string> = seen): string {
  if (known.has(value)) return value;
  if (known.size >= MAX_DISTINCT || value.length > 64) return OTHER;
  known.add(value);
  return value;
}

/** Classifies a JSON-RPC response by the error rules of the MCP conventions, seen from the server. */
export function outcomeOfResponse(message: JsonRpcMessage): Outcome {
  const code = message.error?.code;
  const outcome = outcomeOfAnswer(message, seen);
  if (typeof code !== 'number' || !CLIENT_MISTAKES.has(code)) return outcome;
  return { errorType: '', statusCode: outcome.statusCode, statusMessage: '' };
}

/** Codes that peers answered with: theirs to choose, so they must not use up the room for our own. */
const seenInAnswers = new Set<string>();

/** Classifies a JSON-RPC response seen from the client: there every error code is an error. */
export function outcomeOfAnswer(message: JsonRpcMessage, known: Set<string> = seenInAnswers): Outcome {
  const error = message.error;
  if (error !== undefined && error !== null) {
    const code = error.code;
    const statusCode = bounded(typeof code === 'number' && Number.isInteger(code) ? String(code) : OTHER, known);
    const text = typeof error.message === 'string' ? error.message.slice(0, MAX_MESSAGE_CHARS) : '';
    return { errorType: statusCode, statusCode, statusMessage: text };
  }
  if (message.result?.['isError'] === true) {
    return { errorType: ERROR_TYPE_VALUE_TOOL_ERROR, statusCode: '', statusMessage: '' };
  }
  return OUTCOME_OK;
}

/** Outcome of an operation whose response could not be sent or that never got one. */
export function outcomeOfFailure(errorType: string): Outcome {
  return { errorType: bounded(errorType), statusCode: '', statusMessage: '' };
}

const CLASS_NAME = /^[A-Za-z_$][\w$]{0,63}$/;

/** Low-cardinality `error.type` of something thrown: its class name, never its message. Whatever was thrown, this is not. */
export function errorTypeOf(thrown: unknown): string {
  try {
    const name: unknown = thrown instanceof Error ? thrown.name : undefined;
    if (typeof name === 'string' && CLASS_NAME.test(name)) return name;
  } catch {
    // The getter of a hostile error: it has no name.
  }
  return ERROR_TYPE_VALUE_OTHER;
}

/** How the SDK's transports say that whoever asked has gone: a plain error, told from others by its text alone. */
const CONNECTION_GONE = /^(?:No connection established|Not connected)/;

/** `error.type` of an answer that could not be sent: `connection_closed` where nobody was there to take it. */
export function sendErrorTypeOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error && CONNECTION_GONE.test(thrown.message)) return ERROR_TYPE_VALUE_CONNECTION_CLOSED;
  } catch {
    // The getter of a hostile error.
  }
  return errorTypeOf(thrown);
}
