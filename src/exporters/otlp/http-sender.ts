import type { Agent, ClientRequest, IncomingMessage, request as nodeRequest } from 'node:http';
import type { Clock, Timer } from '../../core/clock.ts';
import { nodeHttp } from '../../core/node-http.ts';
import { judgeAnswer, type PartialSuccess, type SendOutcome } from './send-outcome.ts';

/** Where and how to send; for OTLP what the OpenTelemetry exporters resolve from options and `OTEL_EXPORTER_OTLP_*`. */
export interface HttpConfiguration {
  readonly url: string;
  readonly timeoutMillis: number;
  readonly compression: 'gzip' | 'none';
  /** Headers of every request. */
  readonly headers: () => Promise<Record<string, string>>;
  readonly userAgent?: string | undefined;
  readonly agentFactory: (protocol: string) => Agent | Promise<Agent>;
}

/** Runs `fn` with tracing suppressed, so that our own requests make no spans. */
export type Suppress = <T>(fn: () => T) => T;

export interface HttpSenderOptions {
  readonly http: HttpConfiguration;
  readonly parsePartial: (body: Uint8Array) => PartialSuccess | undefined;
  /** Statuses worth another attempt, default those of OTLP: 429, 502, 503, 504. */
  readonly isRetryable?: (status: number) => boolean;
  readonly clock: Clock;
  readonly suppress: Suppress;
}

/**
 * One endpoint that takes POST requests. Never rejects. Keeps the process alive only until the request is with the kernel, for 1.5 s
 * without progress at most; the look-up of a host name alone cannot be interrupted and may take longer.
 */
export interface HttpSender {
  readonly url: string;
  /** @param headers of this request, besides those of every request */
  send(body: Uint8Array, headers?: Readonly<Record<string, string>>): Promise<SendOutcome>;
  /** Ends what is in flight at once, as `retryable`. */
  abort(): void;
  /** Ends what is in flight and closes idle connections. */
  close(): void;
}

interface Transport {
  readonly agent: Agent;
  readonly request: typeof nodeRequest;
}

const MAX_ANSWER_BYTES = 65_536;
/**
 * Connecting, and writing more than the kernel's buffers take, hold the event loop whatever `unref` says. So a receiver
 * that lets neither proceed is given up long before the timeout; a lost SYN is repeated after 1 s and still fits.
 */
const STALL_LIMIT_MS = 1_500;
/** Small enough that a link of 100 kbit/s makes progress within the limit. */
const CHUNK_BYTES = 16_384;
/** A keep-alive connection closed by the receiver while idle shows as one of these on the next write. */
const STALE_CONNECTION: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  // The aggregate of several connection attempts has a code but an empty message.
  return error.message === '' ? (code ?? error.name) : error.message;
}

/** Creates the sender of one endpoint; nothing is loaded or connected before the first `send`. */
export function createHttpSender(options: HttpSenderOptions): HttpSender {
  return new NodeHttpSender(options);
}

class NodeHttpSender implements HttpSender {
  readonly url: string;
  readonly #options: HttpSenderOptions;
  readonly #active = new Set<Exchange>();
  #transport: Promise<Transport> | undefined;
  #agent: Agent | undefined;

  constructor(options: HttpSenderOptions) {
    this.#options = options;
    this.url = options.http.url;
  }

  send(body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<SendOutcome> {
    return new Promise((resolve) => {
      const exchange = new Exchange(this.#options, (outcome) => {
        this.#active.delete(exchange);
        resolve(outcome);
      });
      this.#active.add(exchange);
      this.#start(exchange, body, headers).catch((error: unknown) => {
        // What fails before a byte was sent (an unusable URL or header) fails again next time.
        exchange.settle({ state: 'rejected', reason: errorText(error) });
      });
    });
  }

  abort(): void {
    for (const exchange of this.#active) exchange.settle({ state: 'retryable', reason: 'no answer in time' });
  }

  close(): void {
    this.abort();
    this.#agent?.destroy();
  }

  async #start(exchange: Exchange, body: Uint8Array, own: Readonly<Record<string, string>>): Promise<void> {
    const { http } = this.#options;
    this.#transport ??= this.#load();
    const [transport, headers, payload] = await Promise.all([
      this.#transport,
      http.headers(),
      http.compression === 'gzip' ? gzip(body) : body,
    ]);
    exchange.open(transport, payload, {
      ...headers,
      ...own,
      ...(http.compression === 'gzip' ? { 'Content-Encoding': 'gzip' } : {}),
      'Content-Length': String(payload.length),
      'User-Agent': http.userAgent ?? 'mcp-vitals',
    });
  }

  async #load(): Promise<Transport> {
    const { protocol } = new URL(this.url);
    const [agent, module] = await Promise.all([this.#options.http.agentFactory(protocol), httpModule(protocol)]);
    this.#agent = agent;
    return { agent, request: module.request };
  }
}

/** Node's module of requests and agents for `http:` or `https:`. */
export async function httpModule(protocol: string): Promise<Pick<ReturnType<typeof nodeHttp>, 'Agent' | 'request'>> {
  return protocol === 'https:' ? import('node:https') : nodeHttp();
}

async function gzip(body: Uint8Array): Promise<Uint8Array> {
  const zlib = await import('node:zlib');
  return new Promise((resolve, reject) => {
    zlib.gzip(body, (error, zipped) => (error === null ? resolve(zipped) : reject(error)));
  });
}

/** One request and its answer, settled exactly once. */
class Exchange {
  readonly #options: HttpSenderOptions;
  readonly #done: (outcome: SendOutcome) => void;
  readonly #timeout: Timer;
  #stall: Timer | undefined;
  #request: ClientRequest | undefined;
  #settled = false;

  constructor(options: HttpSenderOptions, done: (outcome: SendOutcome) => void) {
    this.#options = options;
    this.#done = done;
    this.#timeout = this.#giveUpAfter(options.http.timeoutMillis, 'no answer');
  }

  open(transport: Transport, payload: Uint8Array, headers: Record<string, string>, resent = false): void {
    if (this.#settled) return;
    const request = this.#options.suppress(() =>
      transport.request(this.#options.http.url, { method: 'POST', agent: transport.agent, headers }),
    );
    this.#request = request;
    this.#progress();
    request.on('socket', (socket) => {
      socket.unref();
      // A kept connection comes back here with every request; listeners must not pile up on it.
      if (!socket.connecting) return;
      for (const event of ['connect', 'secureConnect']) socket.once(event, () => this.#progress());
      // Trying several addresses replaces the handle, and the new one is ref'ed.
      socket.once('connect', () => socket.unref());
    });
    request.on('response', (response) => this.#read(response));
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (!resent && request.reusedSocket && STALE_CONNECTION.has(error.code ?? '')) {
        this.open(transport, payload, headers, true);
      } else {
        this.settle({ state: 'retryable', reason: errorText(error) });
      }
    });
    this.#write(request, payload, 0);
  }

  settle(outcome: SendOutcome, reusable = false): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#timeout.stop();
    this.#stall?.stop();
    if (!reusable) this.#request?.destroy();
    this.#done(outcome);
  }

  #giveUpAfter(delayMs: number, what: string): Timer {
    const reason = `${what} within ${delayMs} ms`;
    return this.#options.clock.after(delayMs, () => this.settle({ state: 'retryable', reason }));
  }

  #progress(): void {
    this.#stall?.stop();
    if (!this.#settled) this.#stall = this.#giveUpAfter(STALL_LIMIT_MS, 'no progress in connecting or sending');
  }

  #write(request: ClientRequest, payload: Uint8Array, from: number): void {
    const next = from + CHUNK_BYTES;
    request.write(payload.subarray(from, next), (error) => {
      if (error || this.#settled) return;
      this.#progress();
      if (next < payload.length) {
        this.#write(request, payload, next);
      } else {
        request.end();
        this.#stall?.stop();
      }
    });
  }

  #read(response: IncomingMessage): void {
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    response.on('data', (chunk: Uint8Array) => {
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_ANSWER_BYTES) this.settle(this.#judge(response, undefined));
      else chunks.push(chunk);
    });
    response.on('end', () => this.settle(this.#judge(response, Buffer.concat(chunks)), true));
    // The status has arrived, so the verdict stands although the rest of the answer was lost.
    response.on('error', () => this.settle(this.#judge(response, undefined)));
  }

  #judge(response: IncomingMessage, body: Uint8Array | undefined): SendOutcome {
    const { clock, parsePartial, isRetryable } = this.#options;
    return judgeAnswer(
      { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body },
      parsePartial,
      clock.timeOrigin + clock.now(),
      isRetryable,
    );
  }
}
