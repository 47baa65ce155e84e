import type { JsonRpcClient, RpcMessage } from '../../support/json-rpc-client.ts';

/** What the product should have counted for one operation. */
export interface ExpectedOperation {
  count: number;
  /** How many of them ended with which `error.type`. */
  readonly errorTypes: Record<string, number>;
}

/** JSON-RPC codes that are the client's mistake and no error of the server. */
const CLIENT_MISTAKES = [-32700, -32600, -32601, -32602, -32002];

function errorTypeOf(answer: RpcMessage): string | undefined {
  if (answer.error !== undefined) {
    return CLIENT_MISTAKES.includes(answer.error.code) ? undefined : String(answer.error.code);
  }
  return answer.result?.['isError'] === true ? 'tool_error' : undefined;
}

/**
 * The client's side of the bookkeeping: sends over a client and writes down what was sent and how it was answered. It knows
 * nothing of the product but its naming rules.
 */
export class Ledger {
  readonly client: JsonRpcClient;
  readonly expected: Map<string, ExpectedOperation>;
  readonly #names: ReadonlySet<string>;

  /**
   * @param names tools, prompts and own methods of the server; every other name is counted as `_OTHER`
   * @param sharing a ledger to write into, for a second client of the same server
   */
  constructor(client: JsonRpcClient, names: readonly string[], sharing?: Ledger) {
    this.client = client;
    this.expected = sharing?.expected ?? new Map();
    this.#names = new Set(names);
  }

  async call(method: string, params?: Record<string, unknown>, id?: string | number): Promise<RpcMessage> {
    const answer = await this.client.request(method, params, id);
    this.note(method, params, errorTypeOf(answer));
    return answer;
  }

  tool(name: string, args: Record<string, unknown> = {}, id?: string | number): Promise<RpcMessage> {
    return this.call('tools/call', { name, arguments: args }, id);
  }

  async tell(method: string, params?: Record<string, unknown>): Promise<void> {
    await this.client.notify(method, params);
    this.note(method, undefined);
  }

  /** Writes down something that was sent on another way. */
  note(method: string, params: Record<string, unknown> | undefined, errorType?: string): void {
    const operation = this.#operation(method, params);
    operation.count += 1;
    if (errorType !== undefined) operation.errorTypes[errorType] = (operation.errorTypes[errorType] ?? 0) + 1;
  }

  /** Messages sent, answers to the server not counted. */
  get total(): number {
    return [...this.expected.values()].reduce((sum, { count }) => sum + count, 0);
  }

  #operation(method: string, params: Record<string, unknown> | undefined): ExpectedOperation {
    const own = method.includes('custom') && !this.#names.has(method);
    const label = own ? '_OTHER' : method;
    const target = method === 'tools/call' || method === 'prompts/get' ? String(params?.['name']) : undefined;
    const known = target === undefined || this.#names.has(target) ? target : '_OTHER';
    const key = known === undefined ? label : `${label} ${known}`;
    let operation = this.expected.get(key);
    if (operation === undefined) {
      operation = { count: 0, errorTypes: {} };
      this.expected.set(key, operation);
    }
    return operation;
  }
}
