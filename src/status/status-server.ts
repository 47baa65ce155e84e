/**
 * The one HTTP server of a process: page, `/metrics`, `/health`, API.
 *
 * It serves strangers on a desktop as well as Prometheus, so everything a client can make it hold is bounded: connections,
 * answers under way, readers of the stream, sizes of URL and headers, time per request. It reads no request body. Neither
 * the server nor its connections keep the process alive, and no failure leaves it other than as a diagnostic line.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import { nodeHttp } from '../core/node-http.ts';
import { isLoopback, isWildcard, urlHost } from './access.ts';
import { announce, listDiscovered, type ServiceIdentity } from './discovery.ts';
import { listenOnFreePort } from './listen.ts';
import { messageOf, RequestHandler } from './request-handler.ts';
import type { PageSettings, StatusSources } from './routes.ts';

const MAX_HEADER_BYTES = 8_192;
/** Three times as many as the readers of the event stream, so that these leave room for everybody else. */
const MAX_CONNECTIONS = 96;
const REQUEST_TIMEOUT_MS = 10_000;
const FALLBACK_HOST = '127.0.0.1';

/** Everything the endpoint needs; it reads no configuration itself. */
export interface StatusServerOptions {
  /** Host to bind; beyond loopback only together with a token. */
  readonly host: string;
  /** First port to try; 0 takes any. */
  readonly port: number;
  /** Bearer token asked for on everything but `/health`; none or empty: nothing is asked. */
  readonly token?: string | undefined;
  /** Origins of other user interfaces whose pages may read the figures and show the page in a frame. */
  readonly allowedOrigins?: readonly string[];
  readonly page?: PageSettings;
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
  readonly #handler: RequestHandler;
  readonly #server: Server;
  #started: Promise<{ readonly url: string; readonly port: number } | undefined> | undefined;
  #stopped = false;
  #withdraw: () => void = () => {};

  constructor(options: StatusServerOptions) {
    this.#options = options;
    const token = options.token === '' ? undefined : options.token;
    const exposed = !isLoopback(options.host);
    this.#host = exposed && token === undefined ? FALLBACK_HOST : options.host;
    const { sources, diag, clock, allowedOrigins = [], page = {} } = options;
    this.#handler = new RequestHandler({ host: this.#host, token, allowedOrigins, page, sources, diag, clock });
    this.#server = nodeHttp().createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: REQUEST_TIMEOUT_MS / 2,
    });
    this.#server.timeout = REQUEST_TIMEOUT_MS;
    this.#server.keepAliveTimeout = REQUEST_TIMEOUT_MS;
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('connection', (socket: Socket) => socket.unref());
    this.#server.on('request', (request, response) => void this.#handler.handle(request, response));
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
    this.#handler.close();
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
}

function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  else socket.destroy();
}
