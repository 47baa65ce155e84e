import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';

/** One POST that arrived. */
export interface ReceivedPost {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What is done with a request: a status is answered, `hang` never answers, `close` cuts the connection. */
export type Behaviour = number | 'hang' | 'close';

/** A real HTTP receiver of webhooks on a loopback port. */
export interface JsonReceiver extends AsyncDisposable {
  readonly url: string;
  readonly posts: ReceivedPost[];
  behave(behaviour: Behaviour): void;
  /** Waits until so many requests have arrived. */
  received(count: number): Promise<void>;
}

export async function startJsonReceiver(): Promise<JsonReceiver> {
  const posts: ReceivedPost[] = [];
  let behaviour: Behaviour = 200;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      posts.push({ path: request.url ?? '', headers: request.headers, body });
      if (behaviour === 'close') request.socket.destroy();
      else if (behaviour !== 'hang') response.writeHead(behaviour).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    behave: (next) => {
      behaviour = next;
    },
    received: async (count) => {
      await expect.poll(() => posts.length, { timeout: 10_000, interval: 20 }).toBeGreaterThanOrEqual(count);
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
