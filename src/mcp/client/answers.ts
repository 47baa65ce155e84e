import type { Connection } from '../connection.ts';
import { withProtocolVersion } from '../connection-kind.ts';
import type { Instrumentation } from '../instrumentation.ts';
import { OUTCOME_OK } from '../operation.ts';
import { outcomeOfAnswer } from '../outcome.ts';
import type { JsonRpcMessage } from '../sdk-shapes.ts';
import type { ClientOperation } from './client-operation.ts';

/** Names the subscription a notification of revision 2026-07-28 belongs to: the id of the `subscriptions/listen` request. */
const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId';
const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';

/** Ends the request that a response answers. What is not an answer to one of ours is none of our business. */
export function takeAnswer(instrumentation: Instrumentation, connection: Connection, response: unknown): void {
  const side = connection.clientSide;
  const message = response as JsonRpcMessage | null | undefined;
  if (side === undefined || message?.id === undefined || message.id === null || message.method !== undefined) return;
  const operation = side.settle(message.id);
  if (operation === undefined) return;
  const { result } = message;
  if (result !== undefined && result !== null) {
    learnFromAnswer(instrumentation, operation, result);
    side.calls.answered(operation, result);
  }
  instrumentation.clients.finish(operation, outcomeOfAnswer(message));
}

/** A subscription is answered by its acknowledgement; its response comes only when it ends, perhaps hours later. */
export function takeAcknowledgement(
  instrumentation: Instrumentation,
  connection: Connection,
  notification: JsonRpcMessage,
): void {
  if (connection.clientSide === undefined || notification.method !== ACKNOWLEDGED) return;
  const meta = notification.params?.['_meta'] as Record<string, unknown> | null | undefined;
  const id = meta?.[SUBSCRIPTION_ID];
  if (typeof id !== 'string' && typeof id !== 'number') return;
  const operation = connection.clientSide.settle(id);
  if (operation !== undefined) instrumentation.clients.finish(operation, OUTCOME_OK);
}

/** The negotiated revision stands in the answer to `initialize`; listed names are the server's own. */
function learnFromAnswer(
  instrumentation: Instrumentation,
  { method, connection }: ClientOperation,
  result: Record<string, unknown>,
): void {
  if (method === 'initialize') {
    const version = result['protocolVersion'];
    if (typeof version === 'string') connection.kind = withProtocolVersion(connection.kind, version);
    const session = connection.clientSide?.session;
    if (session !== undefined) session.kind = connection.kind;
    return;
  }
  const kind = method === 'tools/list' ? 'tool' : method === 'prompts/list' ? 'prompt' : undefined;
  if (kind !== undefined) instrumentation.clients.names.learn(kind, result[kind === 'tool' ? 'tools' : 'prompts']);
}
