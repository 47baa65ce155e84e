import type { JsonRpcMessage } from '../sdk-shapes.ts';
import type { SpanContext } from '../span-types.ts';
import type { ClientOperation } from './client-operation.ts';

/** A leg of a call that the server answered with questions of its own. */
export interface EarlierLeg {
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
}

interface Waiting extends EarlierLeg {
  readonly method: string;
  readonly name: string | undefined;
  readonly requestState: unknown;
  readonly questions: ReadonlySet<string>;
}

/** Calls whose user never answers are forgotten, the oldest first. */
const MAX_WAITING = 32;

/**
 * Finds the legs of one logical call (revision 2026-07-28): a server answers a request with `input_required`, and the client
 * sends the request again, under a new id, with its answers and the server's state. The SDK sends the second leg from where it
 * read the first answer, so asynchronous context does not tell that they belong together; their content does.
 */
export class LogicalCalls {
  #waiting: Waiting[] = [];

  /** Takes note of an answer that asks for input. */
  answered(operation: ClientOperation, result: JsonRpcMessage['result']): void {
    if (result?.['resultType'] !== 'input_required') return;
    const questions = result['inputRequests'];
    this.#waiting.push({
      method: operation.method,
      name: operation.requestedName,
      requestState: result['requestState'],
      questions: new Set(isRecord(questions) ? Object.keys(questions) : []),
      context: operation.spanContext(),
      parent: operation.parentSpanContext,
    });
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
  }

  /** The leg that a request continues, which is then no longer waited for. */
  take(method: string, params: JsonRpcMessage['params']): EarlierLeg | undefined {
    if (this.#waiting.length === 0 || params === undefined) return undefined;
    const { inputResponses, requestState } = params as { inputResponses?: unknown; requestState?: unknown };
    if (inputResponses === undefined && requestState === undefined) return undefined;
    const answers = isRecord(inputResponses) ? Object.keys(inputResponses) : [];
    const position = this.#waiting.findLastIndex(
      (leg) =>
        leg.method === method &&
        leg.name === params['name'] &&
        leg.requestState === requestState &&
        answers.every((key) => leg.questions.has(key)),
    );
    return position < 0 ? undefined : this.#waiting.splice(position, 1)[0];
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
