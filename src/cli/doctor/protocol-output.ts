const MAX_FOREIGN_LINES = 3;
const MAX_LINE_CHARS = 4 * 1024 * 1024;

/** A JSON-RPC message as far as the doctor looks at it. */
export interface RpcAnswer {
  readonly id?: unknown;
  readonly result?: { readonly protocolVersion?: unknown; readonly serverInfo?: Record<string, unknown> };
  readonly error?: unknown;
}

/** Sorts what a server writes to stdout: answers, and lines that do not belong there. */
export class ProtocolOutput {
  readonly foreignLines: string[] = [];
  foreignCount = 0;
  readonly #answers = new Map<unknown, RpcAnswer>();
  #rest = '';

  add(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARS);
    for (const line of lines) this.#line(line);
  }

  /** Looks at what came after the last line break too. */
  finish(): void {
    this.#line(this.#rest);
    this.#rest = '';
  }

  answerTo(id: unknown): RpcAnswer | undefined {
    return this.#answers.get(id);
  }

  /** Who a server says it is in its answer to `initialize`. */
  serverOf(message: RpcAnswer | undefined): { name: string; version: string; protocolVersion: string } | undefined {
    const result = message?.result;
    if (typeof result !== 'object' || result === null) return undefined;
    const text = (value: unknown): string => (typeof value === 'string' ? value : '?');
    const { serverInfo, protocolVersion } = result;
    return {
      name: text(serverInfo?.['name']),
      version: text(serverInfo?.['version']),
      protocolVersion: text(protocolVersion),
    };
  }

  #line(line: string): void {
    if (line.trim() === '') return;
    const messages = parseMessages(line);
    if (messages === undefined) {
      this.foreignCount += 1;
      if (this.foreignLines.length < MAX_FOREIGN_LINES) this.foreignLines.push(line);
    }
    for (const message of messages ?? []) {
      if (message.id !== undefined && (message.result !== undefined || message.error !== undefined)) {
        this.#answers.set(message.id, message);
      }
    }
  }
}

function parseMessages(line: string): RpcAnswer[] | undefined {
  try {
    const messages: unknown[] = [JSON.parse(line)].flat();
    const isRpc = messages.every((message) => (message as { jsonrpc?: unknown } | null)?.jsonrpc === '2.0');
    return isRpc && messages.length > 0 ? (messages as RpcAnswer[]) : undefined;
  } catch {
    return undefined;
  }
}
