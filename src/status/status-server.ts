/**
 * The one HTTP server of a process: page, `/metrics`, `/health`, API.
 *
 * It serves strangers on a desktop as well as Prometheus, so everything a client can make it hold is bounded: connections,
 * answers under way, sizes of URL and headers, time per request. It reads no request body. Neither the server nor its
 * connections keep the process alive, and no failure leaves this file other than as a diagnostic line.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import { createTokenCheck, isExpectedHost, isLoopback, isWildcard, urlHost } from './access.ts';
import { announce, listDiscovered, type ServiceIdentity } from './discovery.ts';
import { listenOnFreePort } from './listen.ts';
import { type Reply, send, textReply } from './respond.ts';
import { type Route, type StatusSources, statusRoutes } from './routes.ts';

const MAX_HEADER_BYTES = 8_192;
const MAX_URL_LENGTH = 2_048;
const MAX_CONNECTIONS = 64;
const MAX_ANSWERS_UNDER_WAY = 16;
const REQUEST_TIMEOUT_MS = 10_000;
const SOURCE_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 30_000;
const FALLBACK_HOST = '127.0.0.1';

/** Everything the endpoint needs; it reads no configuration itself. */
export interface StatusServerOptions {
  /** Host to bind; beyond loopback only together with a token. */
  readonly host: string;
  /** First port to try; 0 takes any. */
  readonly port: number;
  /** Bearer token asked for on everything but `/health`; none or empty: nothing is asked. */
  readonly token?: string | undefined;
  /** Where the discovery file goes. Default: a folder of this user under the temporary directory. */
  readonly discoveryDir?: string | undefined;
  /** Asked once the server listens. */
  readonly service: () => ServiceIdentity;
  readonly sources: StatusSources;
  readonly diag: Diag;
  readonly clock: Clock;
}

/** The endpoint of a process. Every method is idempotent and never fails; once stopped it stays stopped. */
export interface StatusServer {
  /** Listens; `undefined` when no port could be bound, which is reported as a diagnostic. */
  start(): Promise<{ readonly url: string; readonly port: number } | undefined>;
  /** Closes the server with all its connections and removes the discovery file. */
  stop(): Promise<void>;
  /** Removes the discovery file at once; the `exit` event does it too, which a death by signal does not have. */
  withdrawSync(): void;
}

/** Creates the endpoint without binding anything yet. */
export function createStatusServer(options: StatusServerOptions): StatusServer {
  return new HttpStatusServer(options);
}

class HttpStatusServer implements StatusServer {
  readonly #options: StatusServerOptions;
  readonly #host: string;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #isAuthorized: (authorization: string | undefined) => boolean;
  readonly #server: Server;
  #underWay = 0;
  #sourceFailures = 0;
  #started: Promise<{ readonly url: string; readonly port: number } | undefined> | undefined;
  #stopped = false;
  #withdraw: () => void = () => {};

  constructor(options: StatusServerOptions) {
    this.#options = options;
    const token = options.token === '' ? undefined : options.token;
    const exposed = !isLoopback(options.host);
    this.#host = exposed && token === undefined ? FALLBACK_HOST : options.host;
    this.#routes = new Map(statusRoutes(options.sources, options.clock).map((route) => [route.path, route]));
    this.#isAuthorized = createTokenCheck(token);
    this.#server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: REQUEST_TIMEOUT_MS / 2,
    });
    this.#server.timeout = REQUEST_TIMEOUT_MS;
    this.#server.keepAliveTimeout = REQUEST_TIMEOUT_MS;
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('connection', (socket: Socket) => socket.unref());
    this.#server.on('request', (request, response) => void this.#serve(request, response));
    this.#server.on('clientError', refuseMalformed);
  }

  start(): Promise<{ readonly url: string; readonly port: number } | undefined> {
    this.#started ??= this.#start();
    return this.#started;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#started;
    this.#retract();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  withdrawSync(): void {
    this.#retract();
  }

  async #start(): Promise<{ readonly url: string; readonly port: number } | undefined> {
    const { diag, host, port: wantedPort } = this.#options;
    if (this.#stopped) return undefined;
    if (this.#host !== host) {
      diag.warn(
        'status-host',
        `the status endpoint listens on ${FALLBACK_HOST} instead of ${host}: beyond this machine it needs MCP_VITALS_TOKEN`,
      );
    }
    try {
      this.#server.unref();
      const port = await listenOnFreePort(this.#server, this.#host, wantedPort);
      this.#server.on('error', (error) => diag.warn('status-server', `status endpoint: ${messageOf(error)}`));
      const url = `http://${isWildcard(this.#host) ? FALLBACK_HOST : urlHost(this.#host)}:${port}`;
      if (wantedPort === 0 || port === wantedPort) diag.info('status-port', `status endpoint at ${url}`);
      else diag.warn('status-port', `port ${wantedPort} is taken, status endpoint at ${url}`);
      this.#announce(url);
      return { url, port };
    } catch (error) {
      diag.error('status-port', `no status endpoint: ${messageOf(error)}`);
      return undefined;
    }
  }

  #announce(url: string): void {
    const { clock, diag, discoveryDir, service } = this.#options;
    try {
      const startedAtMs = clock.timeOrigin + clock.now();
      this.#withdraw = announce(discoveryDir, { url, service: service(), startedAtMs });
      process.once('exit', this.#retract);
      // Listing removes what killed processes left behind, which Prometheus would go on scraping.
      void listDiscovered(discoveryDir);
    } catch (error) {
      diag.warn('status-discovery', `no discovery file: ${messageOf(error)}`);
    }
  }

  readonly #retract = (): void => {
    process.off('exit', this.#retract);
    this.#withdraw();
    this.#withdraw = () => {};
  };

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A reader that takes its answer byte by byte is cut off: it holds the answer in memory.
    const deadline = this.#options.clock.after(ANSWER_TIMEOUT_MS, () => request.socket.destroy());
    this.#underWay += 1;
    response.once('close', () => {
      this.#underWay -= 1;
      deadline.stop();
    });
    response.on('error', () => {});
    try {
      await send(request, response, await this.#reply(request));
    } catch (error) {
      this.#options.diag.warn('status-server', `status endpoint: ${messageOf(error)}`);
      request.socket.destroy();
    }
  }

  async #reply(request: IncomingMessage): Promise<Reply> {
    const { headers, method, url = '' } = request;
    if (this.#underWay > MAX_ANSWERS_UNDER_WAY) return textReply(503, 'busy', { 'Retry-After': '1' });
    if (hasBody(request)) return textReply(413, 'no request body is accepted', { Connection: 'close' });
    if (!isExpectedHost(headers.host, this.#host)) return textReply(403, 'this host name is not served here');
    if (url.length > MAX_URL_LENGTH) return textReply(414, 'URL too long');
    if (method !== 'GET' && method !== 'HEAD') return textReply(405, 'only GET and HEAD', { Allow: 'GET, HEAD' });
    const route = this.#routes.get(url.split('?', 1)[0] ?? '');
    if (route?.access !== 'open' && !this.#isAuthorized(headers.authorization)) {
      return textReply(401, 'a bearer token is required', { 'WWW-Authenticate': 'Bearer' });
    }
    if (route === undefined) return textReply(404, `not found; there is ${[...this.#routes.keys()].join(' ')}`);
    try {
      return { status: 200, ...(await this.#withinTime(route)) };
    } catch (error) {
      this.#sourceFailures += 1;
      this.#options.diag.warn('status-source', `${route.path} could not be answered: ${messageOf(error)}`);
      return textReply(503, `no figures at the moment (failure ${this.#sourceFailures} since the start)`);
    }
  }

  #withinTime(route: Route): Promise<{ contentType: string; body: string }> {
    return new Promise((resolve, reject) => {
      const deadline = this.#options.clock.after(SOURCE_TIMEOUT_MS, () =>
        reject(new Error(`no answer within ${SOURCE_TIMEOUT_MS} ms`)),
      );
      const answer = async () => route.answer();
      answer()
        .then(resolve, reject)
        .finally(() => deadline.stop());
    });
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  else socket.destroy();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
