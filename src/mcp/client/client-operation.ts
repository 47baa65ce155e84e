import type { Connection } from '../connection.ts';
import { OUTCOME_OK, type Outcome } from '../operation.ts';
import { OperationSpan } from '../operation-span.ts';
import type { OperationTally } from '../operation-tally.ts';
import type { Attributes, SpanContext } from '../span-types.ts';

/** A span that another instrumentation has made for a request; ours is then not made a second time. */
export interface ForeignSpan {
  spanContext(): SpanContext;
  isRecording(): boolean;
  setAttributes(attributes: Attributes): unknown;
}

/**
 * One MCP request or notification seen by its sender: from the moment it is handed to the transport until its answer has
 * come, or until a notification is accepted. All times are monotonic milliseconds of the process.
 */
export class ClientOperation extends OperationSpan {
  readonly connection: Connection;
  readonly method: string;
  /** Tool or prompt name; it becomes a label value only when the server knows it. */
  readonly requestedName: string | undefined;
  /** JSON-RPC id; `undefined` for notifications. */
  readonly requestId: string | number | undefined;
  readonly resourceUri: string | undefined;
  readonly sentAt: number;
  /** Stands for this operation's span where another instrumentation has one already. */
  readonly foreign: ForeignSpan | undefined;
  endedAt = 0;
  /** The SDK has given up waiting; what it does next ends the operation. */
  timedOut = false;
  entry: OperationTally | undefined = undefined;
  finished = false;
  outcome: Outcome = OUTCOME_OK;

  constructor(
    connection: Connection,
    message: {
      readonly method: string;
      readonly name: string | undefined;
      readonly id: string | number | undefined;
      readonly uri: string | undefined;
    },
    sentAt: number,
    trace: {
      readonly parent: SpanContext | undefined;
      readonly sampled: boolean;
      readonly foreign: ForeignSpan | undefined;
    },
  ) {
    super(trace.parent, trace.sampled);
    this.connection = connection;
    this.method = message.method;
    this.requestedName = message.name;
    this.requestId = message.id;
    this.resourceUri = message.uri;
    this.sentAt = sentAt;
    this.foreign = trace.foreign;
  }

  override spanContext(): SpanContext {
    return this.foreign === undefined ? super.spanContext() : this.foreign.spanContext();
  }

  /** Milliseconds from sending to the end. */
  get durationMs(): number {
    return this.endedAt - this.sentAt;
  }
}
