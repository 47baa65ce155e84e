import type { CallLog } from '../core/call-log.ts';
import {
  STAGE_EXECUTION,
  STAGE_OUTPUT_VALIDATION,
  STAGE_PROTOCOL,
  STAGE_QUEUE,
  STAGE_SERIALIZATION,
  STAGE_TRANSMISSION,
  STAGE_UNATTRIBUTED,
  STAGE_VALIDATION,
} from '../semconv/stages.ts';
import type { Connection } from './connection.ts';
import type { MethodEntry } from './method-entry.ts';
import type { OperationEntry } from './operation-entry.ts';
import { OperationSpan } from './operation-span.ts';
import type { SpanContext } from './span-types.ts';

/** Result of an operation as the conventions classify it; empty strings mean "none". */
export interface Outcome {
  readonly errorType: string;
  readonly statusCode: string;
  readonly statusMessage: string;
}

export const OUTCOME_OK: Outcome = { errorType: '', statusCode: '', statusMessage: '' };

/**
 * One MCP request or notification on its way through the SDK: the stamps of its stages, and the span that user code sees.
 *
 * All times are monotonic milliseconds of the process; 0 means "not reached". The stamps are taken where the SDK enters a
 * stage, so that measuring needs no promise of its own on the request path.
 */
export class Operation extends OperationSpan {
  readonly connection: Connection;
  readonly method: string;
  /** Tool or prompt name as the client sent it; never a label value unless the server registered it. */
  readonly requestedName: string | undefined;
  /** JSON-RPC id; `undefined` for notifications. */
  readonly requestId: string | number | undefined;
  /** Earlier operation with the same id that is still open: a client's mistake we must not lose track over. */
  shadowed: Operation | undefined;

  /** When the bytes arrived, how long the SDK parsed and routed them, when the message was dispatched. */
  readonly receivedAt: number;
  readonly parseMs: number;
  readonly dispatchedAt: number;
  /** When the SDK had routed the message to its handler, which from then on waits for its turn. */
  routedAt = 0;
  handlerFrom = 0;
  userHandlerFrom = 0;
  validationFrom = 0;
  executionFrom = 0;
  executionTo = 0;
  outputValidationFrom = 0;
  sendFrom = 0;
  sendTo = 0;
  serializationMs = 0;

  methodEntry: MethodEntry | undefined = undefined;
  /** Entry of the operation where the name is known already at the start, for the in-flight figures. */
  entry: OperationEntry | undefined = undefined;
  resourceUri: string | undefined = undefined;
  /** Calls of components; made by the first one. */
  calls: CallLog | undefined = undefined;
  sentBytes = 0;
  receivedBytes = 0;
  finished = false;
  outcome: Outcome = OUTCOME_OK;
  /** Ids of the objectives it missed, known once it has finished. */
  missedObjectives: readonly string[] | undefined = undefined;

  constructor(
    connection: Connection,
    method: string,
    requestedName: string | undefined,
    requestId: string | number | undefined,
    times: { receivedAt: number; parseMs: number; dispatchedAt: number },
    parent: SpanContext | undefined,
    sampled: boolean,
  ) {
    super(parent, sampled);
    this.connection = connection;
    this.method = method;
    this.requestedName = requestedName;
    this.requestId = requestId;
    this.shadowed = undefined;
    this.receivedAt = times.receivedAt;
    this.parseMs = times.parseMs;
    this.dispatchedAt = times.dispatchedAt;
  }

  /** End-to-end milliseconds, from receipt to transmission. */
  get durationMs(): number {
    return this.sendTo - this.receivedAt;
  }

  /**
   * Writes the stage durations in milliseconds into `into` (order of `STAGES`).
   *
   * The stamps split the time between receipt and transmission without overlap, whatever their order: each counts from the
   * one before it at the earliest. What the SDK does between two stages is `protocol`, waiting for the handler's turn is
   * `queue`; a stretch in which no stage was seen to begin (a handler we could not reach) is `unattributed`.
   */
  stageDurations(into: Float64Array): void {
    const end = Math.max(this.sendTo, this.receivedAt);
    const dispatchedAt = between(this.receivedAt, this.dispatchedAt, end);
    const send = between(dispatchedAt, this.sendFrom || end, end);
    const parseMs = between(0, this.parseMs, dispatchedAt - this.receivedAt);
    let queue = dispatchedAt - this.receivedAt - parseMs;
    let protocol = parseMs;
    into.fill(0);

    if (this.handlerFrom === 0) {
      // No handler seen: rejected by the SDK itself (it answers synchronously), or a handler out of our reach.
      const gap = send - dispatchedAt;
      if (this.outcome.statusCode !== '' || this.requestId === undefined) protocol += gap;
      else into[STAGE_UNATTRIBUTED] = gap;
    } else {
      const handlerFrom = between(dispatchedAt, this.handlerFrom, send);
      const routedAt = between(dispatchedAt, this.routedAt || handlerFrom, handlerFrom);
      protocol += routedAt - dispatchedAt;
      queue += handlerFrom - routedAt;
      protocol += this.#handlerDurations(into, handlerFrom, send);
    }
    into[STAGE_QUEUE] = queue;
    into[STAGE_PROTOCOL] = protocol;
    into[STAGE_SERIALIZATION] = between(0, this.serializationMs, end - send);
    into[STAGE_TRANSMISSION] = end - send - (into[STAGE_SERIALIZATION] as number);
  }

  /** The stages between the begin of the stored handler and `send`; answers what of that time is `protocol`. */
  #handlerDurations(into: Float64Array, handlerFrom: number, send: number): number {
    const userFrom = between(handlerFrom, this.userHandlerFrom || send, send);
    into[STAGE_VALIDATION] = userFrom - handlerFrom;
    if (this.userHandlerFrom === 0) return 0;
    // Validation that was entered and not left failed: it is what the handler was doing until the answer.
    const begun = this.executionFrom || (this.validationFrom === 0 ? 0 : send);
    if (begun === 0) return send - userFrom;
    const executionFrom = between(userFrom, begun, send);
    const validationFrom = between(userFrom, this.validationFrom || executionFrom, executionFrom);
    const executionTo = between(executionFrom, this.executionTo || this.outputValidationFrom || send, send);
    into[STAGE_VALIDATION] += executionFrom - validationFrom;
    into[STAGE_EXECUTION] = executionTo - executionFrom;
    const rest = send - executionTo;
    // Only tool results are validated by the SDK; after any other handler it just builds the response.
    if (this.method === 'tools/call') into[STAGE_OUTPUT_VALIDATION] = rest;
    return validationFrom - userFrom + (this.method === 'tools/call' ? 0 : rest);
  }
}

/** `value`, but not outside of `low` and `high`. */
function between(low: number, value: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
