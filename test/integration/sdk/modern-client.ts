import {
  type HttpRpcClient,
  type JsonRpcClient,
  messagesOf,
  type RpcMessage,
  StdioRpcClient,
} from '../../support/json-rpc-client.ts';

export const MODERN_REVISION = '2026-07-28';

/** What every message of the stateless revision carries instead of a handshake. */
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': MODERN_REVISION,
  'io.modelcontextprotocol/clientInfo': { name: 'modern-client', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/logLevel': 'debug',
};

/** Makes a raw client speak revision 2026-07-28: the envelope in `_meta`, and over HTTP the headers that repeat it. */
export class ModernClient implements JsonRpcClient {
  readonly #raw: StdioRpcClient | HttpRpcClient;
  #nextId = 1;

  constructor(raw: StdioRpcClient | HttpRpcClient) {
    this.#raw = raw;
  }

  get received(): readonly RpcMessage[] {
    return this.#raw.received;
  }

  async request(method: string, params?: unknown, id: string | number = this.#nextId++): Promise<RpcMessage> {
    if (this.#raw instanceof StdioRpcClient) return await this.#raw.request(method, withEnvelope(params), id);
    const answer = await this.#raw.post(this.message(method, params, id), this.headers(method, params));
    const message = messagesOf(answer).find((candidate) => candidate.id === id && candidate.method === undefined);
    if (message === undefined) throw new Error(`${method} was answered with ${answer.status}: ${answer.body}`);
    return message;
  }

  async notify(method: string, params?: unknown): Promise<void> {
    if (this.#raw instanceof StdioRpcClient) return await this.#raw.notify(method, withEnvelope(params));
    await this.#raw.post(this.message(method, params), this.headers(method, params));
  }

  async respond(): Promise<void> {
    throw new Error('servers of this revision ask nothing');
  }

  waitFor(condition: (message: RpcMessage) => boolean, limitMs?: number): Promise<RpcMessage> {
    return this.#raw.waitFor(condition, limitMs);
  }

  message(method: string, params?: unknown, id?: string | number): object {
    return { jsonrpc: '2.0', ...(id === undefined ? {} : { id }), method, params: withEnvelope(params) };
  }

  headers(method: string, params?: unknown): Record<string, string> {
    const { name, uri } = (params ?? {}) as { name?: string; uri?: string };
    const target = name ?? uri;
    return {
      'mcp-protocol-version': MODERN_REVISION,
      'mcp-method': method,
      ...(target === undefined ? {} : { 'mcp-name': target }),
    };
  }
}

function withEnvelope(params: unknown): Record<string, unknown> {
  return { ...(params as Record<string, unknown> | undefined), _meta: ENVELOPE };
}
