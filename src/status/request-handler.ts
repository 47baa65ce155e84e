import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import type { Diag } from '../core/diag.ts';
import { ownFile } from '../core/own-file.ts';
import { createTokenCheck, isExpectedHost } from './access.ts';
import { corsHeaders, isSameOrigin, PREFLIGHT_HEADERS, type Provenance, provenanceOf } from './cross-origin.ts';
import { EventStream } from './live/event-stream.ts';
import { LiveEvents } from './live/live-events.ts';
import { createPageAssets } from './page-assets.ts';
import { type Reply, SECURITY_HEADERS, send, textReply } from './respond.ts';
import { type Answer, type Asked, type PageSettings, type Route, type StatusSources, statusRoutes } from './routes.ts';
import { SESSION_PATH, Sessions } from './sessions.ts';

const MAX_URL_LENGTH = 2_048;
const MAX_ANSWERS_UNDER_WAY = 16;
const SOURCE_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 30_000;
const STREAM_PATH = '/api/stream';

export interface RequestHandlerOptions {
  /** Host the server listens on. */
  readonly host: string;
  readonly token: string | undefined;
  /** Origins whose pages may read the figures. */
  readonly allowedOrigins: readonly string[];
  readonly page: PageSettings;
  readonly sources: StatusSources;
  readonly diag: Diag;
  readonly clock: Clock;
}

/** Answers requests: first every check, then the table of routes. No failure leaves it other than as a diagnostic line. */
export class RequestHandler {
  readonly #options: RequestHandlerOptions;
  readonly #routes: readonly Route[];
  readonly #paths: string;
  readonly #hasToken: (authorization: string | undefined) => boolean;
  readonly #sessions: Sessions;
  readonly #stream: EventStream;
  #underWay = 0;
  #sourceFailures = 0;

  constructor(options: RequestHandlerOptions) {
    const { sources, clock, page, allowedOrigins } = options;
    this.#options = options;
    const assets = createPageAssets(ownFile('status/page/'), allowedOrigins);
    this.#routes = statusRoutes(sources, { clock, page, assets });
    this.#paths = [...new Set(this.#routes.map(({ path }) => path)), STREAM_PATH].join(' ');
    this.#hasToken = createTokenCheck(options.token);
    this.#sessions = new Sessions(clock);
    const events = new LiveEvents(sources, clock);
    this.#stream = new EventStream({
      clock,
      begin: () => events.begin(),
      next: () => events.next(),
      first: () => events.first(),
    });
  }

  /** Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const provenance = provenanceOf(request.headers, this.#options.allowedOrigins);
    const refusal = this.#refusal(request, provenance);
    if (refusal === undefined && pathOf(request) === STREAM_PATH) {
      this.#stream.serve(request, response, { ...SECURITY_HEADERS, ...corsHeaders(request.headers, provenance) });
      return;
    }
    // A reader that takes its answer byte by byte is cut off: it holds the answer in memory.
    const deadline = this.#options.clock.after(ANSWER_TIMEOUT_MS, () => request.socket.destroy());
    this.#underWay += 1;
    response.once('close', () => {
      this.#underWay -= 1;
      deadline.stop();
    });
    response.on('error', () => {});
    try {
      const reply = refusal ?? (await this.#reply(request));
      const headers = { ...corsHeaders(request.headers, provenance), ...reply.headers };
      await send(request, response, { ...reply, headers });
    } catch (error) {
      this.#options.diag.warn('status-server', `status endpoint: ${messageOf(error)}`);
      request.socket.destroy();
    }
  }

  /** Ends the event streams. */
  close(): void {
    this.#stream.close();
  }

  /** What keeps a request from being answered, from the cheapest check to the dearest. */
  #refusal(request: IncomingMessage, provenance: Provenance): Reply | undefined {
    const { headers, method = '', url = '' } = request;
    if (this.#underWay >= MAX_ANSWERS_UNDER_WAY) return textReply(503, 'busy', { 'Retry-After': '1' });
    if (hasBody(request)) return textReply(413, 'no request body is accepted', { Connection: 'close' });
    if (!isExpectedHost(headers.host, this.#options.host)) return textReply(403, 'this host name is not served here');
    if (url.length > MAX_URL_LENGTH) return textReply(414, 'URL too long');
    if (provenance === 'foreign') {
      return textReply(403, 'pages of this origin may not ask; MCP_VITALS_ALLOWED_ORIGINS lists those that may');
    }
    if (method === 'OPTIONS' && provenance === 'listed') return { ...textReply(204, ''), headers: PREFLIGHT_HEADERS };
    const path = pathOf(request);
    const methods = this.#methodsOf(path);
    if (!methods.includes(method)) {
      return textReply(405, `only ${methods.join(' and ')}`, { Allow: methods.join(', ') });
    }
    // Whatever changes something is for our own page and for programs, which send no origin.
    if (method === 'POST' && (provenance === 'listed' || !isSameOrigin(headers))) {
      return textReply(403, 'only the page of this endpoint may do that');
    }
    if (!this.#isOpen(path, request) && !this.#isAuthorized(request)) {
      return textReply(401, 'a bearer token is required', { 'WWW-Authenticate': 'Bearer' });
    }
    if (path === STREAM_PATH && !this.#stream.hasRoom()) {
      return textReply(503, 'too many readers of the stream', { 'Retry-After': '5', Connection: 'close' });
    }
    return undefined;
  }

  /** Whether nothing is asked for: whoever shows a code asks to come in. */
  #isOpen(path: string, request: IncomingMessage): boolean {
    if (path === SESSION_PATH) return request.method !== 'POST';
    return this.#routes.some((route) => route.path === path && route.access === 'open' && takes(route, request));
  }

  #methodsOf(path: string): readonly string[] {
    if (path === SESSION_PATH) return ['GET', 'HEAD', 'POST'];
    const found = this.#routes.filter((route) => route.path === path);
    return found.length > 0 && found.every(({ method }) => method === 'POST') ? ['POST'] : ['GET', 'HEAD'];
  }

  #isAuthorized({ headers }: IncomingMessage): boolean {
    if (this.#hasToken(headers.authorization)) return true;
    return this.#sessions.isSignedIn(headers);
  }

  async #reply(request: IncomingMessage): Promise<Reply> {
    const path = pathOf(request);
    if (path === SESSION_PATH) {
      return request.method === 'POST' ? this.#sessions.grant(request) : this.#sessions.enter(request);
    }
    const route = this.#routes.find((candidate) => candidate.path === path && takes(candidate, request));
    if (route === undefined) return textReply(404, `not found; there is ${this.#paths}`);
    try {
      return { status: 200, ...(await this.#withinTime(route, askedBy(request))) };
    } catch (error) {
      this.#sourceFailures += 1;
      this.#options.diag.warn('status-source', `${path} could not be answered: ${messageOf(error)}`);
      return textReply(503, `no figures at the moment (failure ${this.#sourceFailures} since the start)`);
    }
  }

  #withinTime(route: Route, asked: Asked): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const deadline = this.#options.clock.after(SOURCE_TIMEOUT_MS, () =>
        reject(new Error(`no answer within ${SOURCE_TIMEOUT_MS} ms`)),
      );
      const answer = async () => route.answer(asked);
      answer()
        .then(resolve, reject)
        .finally(() => deadline.stop());
    });
  }
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

function takes(route: Route, request: IncomingMessage): boolean {
  return route.takes?.(askedBy(request)) ?? true;
}

function askedBy({ headers, url = '' }: IncomingMessage): Asked {
  return {
    query: new URLSearchParams(url.split('?', 2)[1] ?? ''),
    accept: headers.accept ?? '',
    knownTag: headers['if-none-match'] ?? '',
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
