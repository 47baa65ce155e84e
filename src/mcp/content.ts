import { ATTR_GEN_AI_TOOL_CALL_ARGUMENTS, ATTR_GEN_AI_TOOL_CALL_RESULT } from '../semconv/attributes.ts';
import type { Operation } from './operation.ts';

/** What a piece of content is, for a redaction hook. */
export interface ContentDescription {
  readonly kind: 'arguments' | 'result';
  readonly tool: string;
}

/**
 * Takes out what must not leave: gets arguments or a result, answers what may be recorded instead; `undefined` records
 * nothing. It must not change what it gets. When it throws, nothing is recorded.
 */
export type Redact = (content: unknown, description: ContentDescription) => unknown;

/** Records arguments and results of tool calls on sampled spans; exists only where that was switched on. */
export class ContentCapture {
  readonly #maxBytes: number;
  readonly #redact: Redact | undefined;

  /** @param maxBytes longest recorded text in UTF-8 bytes; what is longer is cut */
  constructor(maxBytes: number, redact?: Redact) {
    this.#maxBytes = maxBytes;
    this.#redact = redact;
  }

  record(operation: Operation, kind: ContentDescription['kind'], content: unknown): void {
    if (!operation.sampled || operation.method !== 'tools/call' || content === undefined) return;
    const tool = operation.requestedName ?? '';
    const allowed = this.#redact === undefined ? content : this.#redact(content, { kind, tool });
    const text = allowed === undefined ? undefined : JSON.stringify(allowed);
    if (text === undefined) return;
    const name = kind === 'arguments' ? ATTR_GEN_AI_TOOL_CALL_ARGUMENTS : ATTR_GEN_AI_TOOL_CALL_RESULT;
    operation.setAttribute(name, cut(text, this.#maxBytes));
  }
}

/** Cuts to a number of UTF-8 bytes without leaving half a character. */
function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  return bytes
    .subarray(0, maxBytes)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
}
