import { connect } from 'node:net';
import { maskUrl } from '../../config/display.ts';
import type { ResolvedConfig } from '../../config/index.ts';
import { systemClock } from '../../core/clock.ts';
import { type Finding, ok, problem } from './finding.ts';

const TIMEOUT_MS = 3_000;
const GRPC_PORT = '4317';

/** Whether the addresses telemetry is sent to take it: connects, then posts an empty export, which changes nothing there. */
export async function checkCollector({ values }: ResolvedConfig): Promise<Finding[]> {
  const { tracesUrl, metricsUrl, headers } = values.otlp;
  const urls = [...new Set([tracesUrl, metricsUrl])].filter((url) => url !== undefined);
  if (urls.length === 0) return [ok('collector', 'nothing is sent: no OTLP endpoint is configured')];
  return Promise.all(urls.map((url) => checkUrl(url, headers)));
}

async function checkUrl(url: string, headers: Readonly<Record<string, string>>): Promise<Finding> {
  const shown = maskUrl(url);
  const portOfGrpc =
    new URL(url).port === GRPC_PORT ? 'port 4317 is that of gRPC; the one for HTTP is 4318' : undefined;
  const failure = await tryConnecting(new URL(url));
  if (failure !== undefined) {
    const advice = portOfGrpc ?? 'start the Collector or correct OTEL_EXPORTER_OTLP_ENDPOINT';
    return problem(
      'collector',
      `${shown} cannot be reached: ${failure}`,
      'a Collector that listens there',
      `${advice}; the server works without, telemetry is lost`,
    );
  }
  try {
    const response = await postNothing(new URL(url), headers);
    if (response.ok) return ok('collector', `${shown} takes exports`);
    const advice =
      response.status === 401 || response.status === 403
        ? 'set the credentials in OTEL_EXPORTER_OTLP_HEADERS'
        : 'check the path: the endpoint is the address without /v1/traces, which is appended';
    return problem('collector', `${shown} answered with status ${response.status}`, 'status 200', advice);
  } catch (error) {
    return problem(
      'collector',
      `${shown} does not speak HTTP: ${describe(error)}`,
      'OTLP over HTTP',
      portOfGrpc ?? 'check address and port',
    );
  }
}

/** `fetch` takes no credentials in an address; exporters send them as this header. */
function postNothing(url: URL, headers: Readonly<Record<string, string>>): Promise<Response> {
  const { username, password } = url;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const basic = { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  url.username = '';
  url.password = '';
  return fetch(url, {
    method: 'POST',
    headers: { ...(credentials === ':' ? {} : basic), ...headers, 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(0),
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

/** Only what the system or the parser says: the message of `fetch` itself may repeat the address with its secrets. */
function describe(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  const { cause } = error as { cause?: { message?: string } };
  return cause?.message ?? 'the request failed';
}

function tryConnecting(url: URL): Promise<string | undefined> {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port });
    const settle = (failure: string | undefined): void => {
      limit.stop();
      socket.destroy();
      resolve(failure);
    };
    const limit = systemClock.after(TIMEOUT_MS, () => settle(`no connection within ${TIMEOUT_MS / 1000} s`));
    socket.once('connect', () => settle(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
  });
}
