/**
 * The page of all servers on a machine, served by the command that shows it, on a free loopback port.
 *
 * The figures may come from servers that ask for a token, so the page asks for a key too: a random one of this run. In the address that is printed it
 * stands in the fragment, which browsers send to nobody; the address a browser is started with, which others can read, holds a
 * code that is good once. Foreign host names and origins are turned away first.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { systemClock } from '../../core/clock.ts';
import { nodeHttp } from '../../core/node-http.ts';
import { ownFile } from '../../core/own-file.ts';
import { createTokenCheck, isExpectedHost } from '../access.ts';
import { provenanceOf } from '../cross-origin.ts';
import { listenOnFreePort } from '../listen.ts';
import { createPageAssets, type PageFiles, pageRoutes } from '../page-assets.ts';
import { type Reply, send, textReply } from '../respond.ts';
import type { Route } from '../routes.ts';
import { SESSION_PATH, Sessions } from '../sessions.ts';
import type { MachineDocument } from './machine-document.ts';

const HOST = '127.0.0.1';
const MAX_CONNECTIONS = 64;
const MAX_URL_LENGTH = 2_048;
const MAX_HEADER_BYTES = 8_192;
const TIMEOUT_MS = 10_000;
const SERVERS_PATH = '/api/servers';

/** The document is that of one server; its program is another. */
const FILES: PageFiles = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['machine.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
};

/** A running page. */
export interface MachinePage {
  /** Address with the key in its fragment. */
  readonly url: string;
  /** Another address, which whoever asks for it first can open, within a minute. */
  oneTimeUrl(): string;
  close(): Promise<void>;
}

/**
 * Serves the page until it is closed. Whoever opens it several times asks the servers no more often.
 *
 * @param read asks the servers for their figures; called only while somebody looks, one call at a time
 * @throws when no port can be bound
 */
export async function serveMachinePage(read: () => Promise<MachineDocument>): Promise<MachinePage> {
  const key = randomBytes(24).toString('base64url');
  const hasKey = createTokenCheck(key);
  const sessions = new Sessions(systemClock);
  const routes = pageRoutes(createPageAssets(ownFile('status/page/'), [], FILES));
  let asking: Promise<MachineDocument> | undefined;

  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const problem = refusalOf(request);
    if (problem !== undefined) return problem;
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (path === SESSION_PATH) return sessions.enter(request);
    if (path === SERVERS_PATH) {
      if (!hasKey(request.headers.authorization) && !sessions.isSignedIn(request.headers))
        return textReply(401, 'the key in the printed address is required');
      asking ??= read().finally(() => {
        asking = undefined;
      });
      return { status: 200, contentType: 'application/json; charset=utf-8', body: JSON.stringify(await asking) };
    }
    return await fileAt(path, routes, request);
  };

  const server = nodeHttp().createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: TIMEOUT_MS });
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = TIMEOUT_MS;
  server.on('request', (request, response) => {
    response.on('error', () => {});
    answer(request)
      .catch(() => textReply(503, 'no figures at the moment'))
      .then((reply) => send(request, response, reply))
      .catch(() => request.socket.destroy());
  });
  const port = await listenOnFreePort(server, HOST, 0);
  return {
    url: `http://${HOST}:${port}/#key=${key}`,
    oneTimeUrl: () => `http://${HOST}:${port}${sessions.oneTimePath()}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function refusalOf(request: IncomingMessage): Reply | undefined {
  const { headers, method = '', url = '' } = request;
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0) {
    return textReply(413, 'no request body is accepted', { Connection: 'close' });
  }
  if (!isExpectedHost(headers.host, HOST)) return textReply(403, 'this host name is not served here');
  if (url.length > MAX_URL_LENGTH) return textReply(414, 'URL too long');
  if (provenanceOf(headers, []) === 'foreign') return textReply(403, 'pages of this origin may not ask');
  return method === 'GET' || method === 'HEAD'
    ? undefined
    : textReply(405, 'only GET and HEAD', { Allow: 'GET, HEAD' });
}

async function fileAt(path: string, routes: readonly Route[], { headers }: IncomingMessage): Promise<Reply> {
  const route = routes.find((candidate) => candidate.path === path);
  if (route === undefined) return textReply(404, 'not found');
  const query = new URLSearchParams();
  return {
    status: 200,
    ...(await route.answer({ query, accept: 'text/html', knownTag: headers['if-none-match'] ?? '' })),
  };
}
