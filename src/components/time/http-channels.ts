import diagnosticsChannel from 'node:diagnostics_channel';
import { type CallReporter, isAbort, type OpenCall } from './call-reporter.ts';
import { classifyHttp } from './classify-http.ts';

/** What undici publishes of its requests; `fetch` of Node is undici. */
interface UndiciRequest {
  readonly origin?: string | URL | null;
  readonly path?: string;
}

/** What of Node's `ClientRequest` is read. */
interface NodeRequest {
  readonly host?: string;
  readonly path?: string;
  readonly res?: { readonly statusCode?: number } | null;
  once(event: 'close', listener: () => void): unknown;
}

const FIRST_ERROR_STATUS = 400;
const MAX_ORIGINS = 256;

/** Follows the requests of `fetch`, undici and Node's http client. Answers how to stop. */
export function followHttp(reporter: CallReporter): () => void {
  const subscriptions = [...undici(reporter), ...nodeHttp(reporter)];
  for (const [channel, listener] of subscriptions) diagnosticsChannel.subscribe(channel, listener);
  return () => {
    for (const [channel, listener] of subscriptions) diagnosticsChannel.unsubscribe(channel, listener);
  };
}

type Subscription = [string, (message: unknown) => void];

function undici(reporter: CallReporter): Subscription[] {
  const open = new WeakMap<object, OpenCall>();
  const failing = new WeakSet<object>();
  const hosts = new Map<string, string>();
  const hostOf = (origin: string): string => {
    let host = hosts.get(origin);
    if (host === undefined) {
      host = URL.canParse(origin) ? new URL(origin).hostname : '';
      if (hosts.size < MAX_ORIGINS) hosts.set(origin, host);
    }
    return host;
  };
  const create = (message: unknown): void => {
    const { request } = message as { request: UndiciRequest };
    const call = reporter.begin(classifyHttp(hostOf(String(request.origin ?? '')), request.path ?? ''), 'channel');
    if (call !== undefined) open.set(request, call);
  };
  const headers = (message: unknown): void => {
    const { request, response } = message as { request: object; response?: { statusCode?: number } };
    if (open.has(request) && (response?.statusCode ?? 0) >= FIRST_ERROR_STATUS) failing.add(request);
  };
  const trailers = (message: unknown): void => {
    const { request } = message as { request: object };
    open.get(request)?.end(failing.has(request));
  };
  const error = (message: unknown): void => {
    const { request, error: reason } = message as { request: object; error?: unknown };
    open.get(request)?.end(!isAbort(reason));
  };
  return [
    ['undici:request:create', create],
    ['undici:request:headers', headers],
    ['undici:request:trailers', trailers],
    ['undici:request:error', error],
  ];
}

function nodeHttp(reporter: CallReporter): Subscription[] {
  const errors = new WeakMap<object, unknown>();
  const start = (message: unknown): void => {
    const { request } = message as { request: NodeRequest };
    const call = reporter.begin(classifyHttp(request.host ?? '', request.path ?? ''), 'channel');
    if (call === undefined) return;
    // The channel that says that a response is finished speaks of its head; a request closes after the last byte.
    request.once('close', () => {
      const { res } = request;
      if (errors.has(request)) call.end(!isAbort(errors.get(request)));
      else call.end(res !== null && res !== undefined && (res.statusCode ?? 0) >= FIRST_ERROR_STATUS);
    });
  };
  const error = (message: unknown): void => {
    const { request, error: reason } = message as { request: object; error?: unknown };
    errors.set(request, reason);
  };
  return [
    ['http.client.request.start', start],
    ['http.client.request.error', error],
  ];
}
