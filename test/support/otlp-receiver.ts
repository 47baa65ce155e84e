import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type DecodedPoint, type DecodedSpan, decodePoints, decodeSpans } from './otlp-decoder.ts';

export type { DecodedPoint, DecodedSpan } from './otlp-decoder.ts';

/**
 * What the receiver does with a request: a number is a status code answered with nothing stored, `hang` reads and never
 * answers, `close` cuts the connection, `partial` stores all and claims that one item was rejected.
 */
export type ReceiverMode = 'ok' | 'partial' | 'hang' | 'close' | number;

/** One request that arrived, whatever became of it. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Bytes on the wire, before decompression. */
  readonly sizeBytes: number;
  readonly mode: ReceiverMode;
}

/** A real OTLP/HTTP protobuf receiver on a loopback port. */
export interface OtlpReceiver {
  /** Base endpoint, for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** Every accepted span, in order of arrival. */
  readonly spans: DecodedSpan[];
  /** Every request, accepted or not. */
  readonly requests: ReceivedRequest[];
  /** Connections opened so far. */
  readonly connections: number;
  /** The latest point of each attribute set of a stream, over all resources. */
  points(name: string): DecodedPoint[];
  /** From now on; `headers` go with every answer, e.g. `{ 'retry-after': '1' }`. */
  behave(mode: ReceiverMode, headers?: Record<string, string>): void;
  /** Waits until the condition holds; fails with what arrived when it does not within `limitMs`. */
  until(condition: () => boolean, limitMs?: number): Promise<void>;
  /** Closes the port and every connection. */
  close(): Promise<void>;
}

/** `{ partial_success { rejected 1, error_message "no" } }`: the same bytes for traces and metrics. */
const PARTIAL_SUCCESS = Buffer.from([0x0a, 0x06, 0x08, 0x01, 0x12, 0x02, 0x6e, 0x6f]);

/** Starts a receiver. @param port default: a free one */
export async function startOtlpReceiver(port = 0): Promise<OtlpReceiver> {
  const spans: DecodedSpan[] = [];
  const requests: ReceivedRequest[] = [];
  const latest = new Map<string, DecodedPoint>();
  const waiting = new Set<() => void>();
  let mode: ReceiverMode = 'ok';
  let extraHeaders: Record<string, string> = {};
  let connections = 0;

  const store = (path: string, body: Buffer): number => {
    if (path === '/v1/traces') spans.push(...decodeSpans(body));
    else if (path === '/v1/metrics') {
      for (const point of decodePoints(body)) {
        latest.set(JSON.stringify([point.name, point.resource, point.attributes]), point);
      }
    } else return 404;
    return 200;
  };

  const answer = (request: IncomingMessage, response: ServerResponse, sent: Buffer): void => {
    const path = request.url ?? '';
    requests.push({ path, headers: request.headers, sizeBytes: sent.length, mode });
    if (mode === 'hang') return;
    if (mode === 'close') {
      request.socket.destroy();
      return;
    }
    let status = mode;
    if (typeof status !== 'number') {
      try {
        status = store(path, request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent);
      } catch (error) {
        response.writeHead(400).end(String(error));
        return;
      }
    }
    response.writeHead(status, { 'content-type': 'application/x-protobuf', ...extraHeaders });
    response.end(mode === 'partial' ? PARTIAL_SUCCESS : undefined);
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      answer(request, response, Buffer.concat(chunks));
      for (const check of waiting) check();
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    get connections() {
      return connections;
    },
    points: (name) => [...latest.values()].filter((point) => point.name === name),
    behave(next, headers = {}) {
      mode = next;
      extraHeaders = headers;
    },
    until: (condition, limitMs = 10_000) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error): void => {
          clearTimeout(timer);
          waiting.delete(check);
          if (error === undefined) resolve();
          else reject(error);
        };
        const check = (): void => {
          if (condition()) end();
        };
        const timer = setTimeout(() => {
          const seen = requests.map((request) => `${request.path} (${request.mode})`).join(', ');
          end(new Error(`not within ${limitMs} ms; ${spans.length} spans, ${latest.size} points, requests: ${seen}`));
        }, limitMs);
        waiting.add(check);
        check();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
