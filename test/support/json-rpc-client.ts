import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Readable, Writable } from 'node:stream';

/** A JSON-RPC message as it came over the wire; tests look at what they need. */
export interface RpcMessage {
  readonly jsonrpc?: string;
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** What every client of this file can do. */
export interface JsonRpcClient {
  /** Sends a request and waits for the message with its id. Ids count up from 1 unless given. */
  request(method: string, params?: unknown, id?: string | number): Promise<RpcMessage>;
  notify(method: string, params?: unknown): Promise<void>;
  /** Answers a request of the server. */
  respond(id: string | number, result: unknown): Promise<void>;
  /** Every message of the server, in order of arrival. */
  readonly received: readonly RpcMessage[];
  /** Waits for a message of the server that has come or will come. */
  waitFor(condition: (message: RpcMessage) => boolean, limitMs?: number): Promise<RpcMessage>;
}

/** `initialize` and `notifications/initialized` as a client of a 2024 to 2025 revision sends them. */
export async function initialize(
  client: JsonRpcClient,
  protocolVersion = '2025-06-18',
  capabilities: Record<string, unknown> = {},
): Promise<RpcMessage> {
  const clientInfo = { name: 'json-rpc-client', version: '1.0.0' };
  const answer = await client.request('initialize', { protocolVersion, capabilities, clientInfo });
  await client.notify('notifications/initialized');
  return answer;
}

/** Messages as they come in, and who waits for one. */
class Inbox {
  readonly messages: RpcMessage[] = [];
  readonly #waiting = new Set<() => void>();
  #failure: Error | undefined;

  add(message: unknown): void {
    for (const single of Array.isArray(message) ? message : [message]) this.messages.push(single as RpcMessage);
    for (const check of [...this.#waiting]) check();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    for (const check of [...this.#waiting]) check();
  }

  waitFor(condition: (message: RpcMessage) => boolean, limitMs: number): Promise<RpcMessage> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        settle();
      };
      const check = (): void => {
        const found = this.messages.find(condition);
        if (found !== undefined) finish(() => resolve(found));
        else if (this.#failure !== undefined) finish(() => reject(this.#failure));
      };
      const timer = setTimeout(() => {
        const got = JSON.stringify(this.messages).slice(0, 2000);
        finish(() => reject(new Error(`the awaited message did not come within ${limitMs} ms; got ${got}`)));
      }, limitMs);
      this.#waiting.add(check);
      check();
    });
  }
}

const LIMIT_MS = 20_000;

/** Client over the pipes of a child process: newline-delimited JSON. */
export class StdioRpcClient implements JsonRpcClient {
  readonly #stdin: Writable;
  readonly #stdout: Readable;
  readonly #chunks: Buffer[] = [];
  readonly #inbox = new Inbox();
  #rest = '';
  #nextId = 1;

  constructor(child: { readonly stdin: Writable | null; readonly stdout: Readable | null }) {
    if (child.stdin === null || child.stdout === null) throw new Error('the child needs pipes for stdin and stdout');
    this.#stdin = child.stdin;
    this.#stdout = child.stdout;
    // A server that dies while we write is seen at its missing answer.
    this.#stdin.on('error', (error: Error) => this.#inbox.fail(error));
    const decoder = new TextDecoder();
    this.#stdout.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      const lines = (this.#rest + decoder.decode(chunk, { stream: true })).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.trim() !== '') this.#inbox.add(JSON.parse(line));
      }
    });
    this.#stdout.on('end', () => this.#inbox.fail(new Error('the server closed its stdout')));
  }

  get received(): readonly RpcMessage[] {
    return this.#inbox.messages;
  }

  /** Every byte the server wrote to stdout so far. */
  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  async request(method: string, params?: unknown, id: string | number = this.#nextId++): Promise<RpcMessage> {
    this.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return await this.waitFor((message) => message.id === id && message.method === undefined);
  }

  async notify(method: string, params?: unknown): Promise<void> {
    this.write(`${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`);
  }

  async respond(id: string | number, result: unknown): Promise<void> {
    this.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`);
  }

  /** Writes text as it is: broken frames, several messages at once, half of one. */
  write(text: string): void {
    this.#stdin.write(text);
  }

  waitFor(condition: (message: RpcMessage) => boolean, limitMs = LIMIT_MS): Promise<RpcMessage> {
    return this.#inbox.waitFor(condition, limitMs);
  }

  /** Ends the server's stdin, as a client that goes does, and waits for the end of its stdout. */
  async close(): Promise<void> {
    const ended = this.#stdout.readableEnded ? undefined : once(this.#stdout, 'end');
    this.#stdin.end();
    await ended;
  }
}

/** One HTTP answer: status, headers and everything that was in it. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Splits a Server-Sent Events body into the `data` of its events. */
function eventsOf(body: string): { event: string; data: string }[] {
  return body
    .split(/\r?\n\r?\n/)
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const field = (name: string): string =>
        block
          .split(/\r?\n/)
          .filter((line) => line.startsWith(`${name}:`))
          .map((line) => line.slice(name.length + 1).trimStart())
          .join('\n');
      return { event: field('event') || 'message', data: field('data') };
    });
}

/**
 * Client over HTTP: Streamable HTTP with JSON or SSE answers and a session id where the server gives one, and the raw
 * bytes of every connection, from the status line on. Every request has a connection of its own.
 */
export class HttpRpcClient implements JsonRpcClient {
  /** Sent with every request; `mcp-session-id` and `mcp-protocol-version` appear once the server has told them. */
  readonly headers: Record<string, string> = { accept: 'application/json, text/event-stream' };
  readonly #url: URL;
  readonly #inbox = new Inbox();
  readonly #streams: { name: string; chunks: Buffer[] }[] = [];
  readonly #open = new Set<() => void>();
  #nextId = 1;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  get received(): readonly RpcMessage[] {
    return this.#inbox.messages;
  }

  /** The bytes of the server per connection, in the order the connections were asked for. */
  get streams(): readonly { readonly name: string; readonly bytes: Buffer }[] {
    return this.#streams.map(({ name, chunks }) => ({ name, bytes: Buffer.concat(chunks) }));
  }

  async request(method: string, params?: unknown, id: string | number = this.#nextId++): Promise<RpcMessage> {
    const answer = await this.post({ jsonrpc: '2.0', id, method, params });
    const mine = (message: RpcMessage): boolean => message.id === id && message.method === undefined;
    const message = messagesOf(answer).find(mine) ?? (answer.status === 202 ? await this.waitFor(mine) : undefined);
    if (message === undefined) throw new Error(`${method} was answered with ${answer.status}: ${answer.body}`);
    const version = message.result?.['protocolVersion'];
    if (method === 'initialize' && typeof version === 'string') this.headers['mcp-protocol-version'] = version;
    return message;
  }

  async notify(method: string, params?: unknown): Promise<void> {
    await this.post({ jsonrpc: '2.0', method, params });
  }

  async respond(id: string | number, result: unknown): Promise<void> {
    await this.post({ jsonrpc: '2.0', id, result });
  }

  /** Posts anything: a message, a batch, or a text as it is. */
  async post(body: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await this.#exchange('POST', text, { 'content-type': 'application/json', ...headers });
    const sessionId = answer.headers['mcp-session-id'];
    if (typeof sessionId === 'string') this.headers['mcp-session-id'] = sessionId;
    return answer;
  }

  /** Ends the session. */
  async delete(): Promise<HttpAnswer> {
    return await this.#exchange('DELETE', '', {});
  }

  /** Opens the stream on which the server sends on its own account, and resolves when its headers have come. */
  async listen(headers: Record<string, string> = {}): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#exchange('GET', '', headers, () => resolve()).catch((error: Error) => {
        reject(error);
        this.#inbox.fail(error);
      });
    });
  }

  /** Waits for the first event of the legacy transport's stream and sends to the address it names from now on. */
  async listenLegacy(): Promise<void> {
    await this.listen({ accept: 'text/event-stream' });
    await this.waitFor((message) => (message as { endpoint?: string }).endpoint !== undefined);
    const { endpoint } = this.received[0] as { endpoint?: string };
    this.#url.href = new URL(endpoint ?? '', this.#url).href;
  }

  waitFor(condition: (message: RpcMessage) => boolean, limitMs = LIMIT_MS): Promise<RpcMessage> {
    return this.#inbox.waitFor(condition, limitMs);
  }

  /** Cuts every connection that is still open. */
  close(): void {
    for (const cut of [...this.#open]) cut();
  }

  #exchange(
    method: string,
    body: string,
    headers: Record<string, string>,
    onHeaders?: (response: IncomingMessage) => void,
  ): Promise<HttpAnswer> {
    const recording = { name: `${this.#streams.length + 1} ${method}`, chunks: [] as Buffer[] };
    this.#streams.push(recording);
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(this.#url, { method, agent: false, headers: { ...this.headers, ...headers } });
      let cut = false;
      const abort = (): void => {
        cut = true;
        outgoing.destroy();
      };
      this.#open.add(abort);
      outgoing.on('socket', (socket) => socket.on('data', (chunk: Buffer) => recording.chunks.push(chunk)));
      outgoing.on('error', (error) => (cut ? resolve({ status: 0, headers: {}, body: '' }) : reject(error)));
      outgoing.on('close', () => this.#open.delete(abort));
      if (method !== 'GET') {
        const error = new Error(`no complete answer within ${LIMIT_MS} ms to ${body.slice(0, 200)}`);
        const limit = setTimeout(() => outgoing.destroy(error), LIMIT_MS);
        outgoing.on('close', () => clearTimeout(limit));
      }
      outgoing.on('response', (response) => {
        onHeaders?.(response);
        const finish = this.#read(response);
        response.on('end', () => resolve(finish()));
        response.on('error', (error) => (cut ? resolve(finish()) : reject(error)));
      });
      outgoing.end(body);
    });
  }

  /** Reads an answer as it comes, handing on its messages; the returned function tells all of it. */
  #read(response: IncomingMessage): () => HttpAnswer {
    const streaming = response.headers['content-type']?.startsWith('text/event-stream') === true;
    let body = '';
    let handed = 0;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      body += text;
      const end = body.lastIndexOf('\n\n') + 2;
      if (!streaming || end <= handed) return;
      for (const { event, data } of eventsOf(body.slice(handed, end))) {
        if (event === 'endpoint') this.#inbox.add({ endpoint: data });
        else if (data !== '') this.#inbox.add(JSON.parse(data));
      }
      handed = end;
    });
    return () => {
      const answer = { status: response.statusCode ?? 0, headers: response.headers, body };
      if (!streaming) for (const message of messagesOf(answer)) this.#inbox.add(message);
      return answer;
    };
  }
}

/** The JSON-RPC messages in an HTTP answer. */
export function messagesOf(answer: HttpAnswer): RpcMessage[] {
  const type = answer.headers['content-type'] ?? '';
  const parse = (text: string): RpcMessage[] => [JSON.parse(text)].flat();
  if (type.startsWith('application/json') && answer.body !== '') return parse(answer.body);
  if (!type.startsWith('text/event-stream')) return [];
  return eventsOf(answer.body).flatMap(({ data }) => (data.startsWith('{') || data.startsWith('[') ? parse(data) : []));
}
