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
  handlerFrom = 0;
  userHandlerFrom = 0;
  validationFrom = 0;
  executionFrom = 0;
  executionTo = 0;
  outputValidationFrom = 0;
  sendFrom = 0;
  sendTo = 0;
  serializationMs = 0;

  /** Entry of the operation where the name is known already at the start, for the in-flight figures. */
  entry: OperationEntry | undefined = undefined;
  resourceUri: string | undefined = undefined;
  sentBytes = 0;
  receivedBytes = 0;
  finished = false;
  outcome: Outcome = OUTCOME_OK;

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
   * The stamps split the time between receipt and transmission without overlap: what the SDK does between two stages is
   * `protocol`; a stretch in which no stage was seen to begin (a handler we could not reach) is `unattributed`.
   */
  stageDurations(into: Float64Array): void {
    const end = this.sendTo;
    const send = this.sendFrom || end;
    into.fill(0);
    into[STAGE_QUEUE] = this.dispatchedAt - this.receivedAt - this.parseMs;
    let protocol = this.parseMs;

    if (this.handlerFrom === 0) {
      // No handler seen: rejected by the SDK itself (it answers synchronously), or a handler out of our reach.
      const gap = send - this.dispatchedAt;
      if (this.outcome.statusCode !== '' || this.requestId === undefined) protocol += gap;
      else into[STAGE_UNATTRIBUTED] = gap;
    } else {
      protocol += this.handlerFrom - this.dispatchedAt;
      const userFrom = this.userHandlerFrom || send;
      let validation = userFrom - this.handlerFrom;
      if (this.userHandlerFrom !== 0) {
        const executionFrom = this.executionFrom || (this.validationFrom === 0 ? 0 : send);
        if (executionFrom === 0) {
          protocol += send - userFrom;
        } else {
          const validationFrom = this.validationFrom || executionFrom;
          protocol += validationFrom - userFrom;
          validation += executionFrom - validationFrom;
          const executionTo = this.executionTo || this.outputValidationFrom || send;
          into[STAGE_EXECUTION] = executionTo - executionFrom;
          // Only tool results are validated by the SDK; after any other handler it just builds the response.
          if (this.method === 'tools/call') into[STAGE_OUTPUT_VALIDATION] = send - executionTo;
          else protocol += send - executionTo;
        }
      }
      into[STAGE_VALIDATION] = validation;
    }
    into[STAGE_PROTOCOL] = protocol;
    into[STAGE_SERIALIZATION] = this.serializationMs;
    into[STAGE_TRANSMISSION] = Math.max(0, end - send - this.serializationMs);
  }
}
