import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';
import { afterTest, createEndpoint, get } from './endpoint.ts';

const TOKEN = 'a-token-nobody-may-see';

async function serving(options: Parameters<typeof createEndpoint>[0] = {}) {
  const endpoint = createEndpoint(options);
  const address = await endpoint.server.start();
  if (address === undefined) throw new Error(endpoint.lines.join(''));
  return { ...endpoint, ...address };
}

/** Sends bytes as they are and answers what comes back until the connection ends or is quiet. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    afterTest(() => socket.destroy());
  });
}

describe('requests that want more than they may', () => {
  it('reach no file beside those of the page, however the path is written', async () => {
    verifies('NFR-05');
    const { port } = await serving();
    for (const path of [
      '/../package.json',
      '/page.js/../../../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/..%2f..%2fpackage.json',
      '/page.css%00.html',
      '//etc/passwd',
      '/./',
      '/page/page.ts',
      '/page.ts',
      '/index.html',
      'http://127.0.0.1/../../etc/passwd',
      '/api/../../x',
      '\\..\\..\\windows',
    ]) {
      const answer = await raw(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      expect([path, answer.slice(0, 12)]).toEqual([path, expect.stringMatching(/^HTTP\/1\.1 4\d\d/) as unknown]);
      expect(answer).not.toMatch(/root:|"dependencies"/);
    }
  });

  it('are turned away at every path when their host name was rebound', async () => {
    verifies('NFR-05');
    const { url } = await serving();
    for (const path of ['/', '/page.js', '/api/summary', '/api/stream', '/api/history', '/api/page', '/health']) {
      const { status } = await get(url + path, { headers: { Host: 'rebound.example', Accept: 'text/html' } });
      expect([path, status]).toEqual([path, 403]);
    }
    const session = await get(`${url}/api/session`, { method: 'POST', headers: { Host: 'rebound.example' } });
    expect(session.status).toBe(403);
  });

  it('find the token in no answer, whatever they ask for and whatever they show', async () => {
    verifies('NFR-05');
    const { url } = await serving({ token: TOKEN });
    const paths = [
      '/',
      '/metrics',
      '/api/summary',
      '/api/snapshot',
      '/api/page',
      '/api/schema',
      '/api/alerts',
      '/nothing',
    ];
    const shown: Record<string, string>[] = [
      {},
      { Authorization: `Bearer ${TOKEN}` },
      { Cookie: `mcp_vitals_1=${TOKEN}` },
    ];
    for (const path of paths) {
      for (const headers of shown) {
        const { headers: answered, body } = await get(url + path, { headers });
        expect([path, `${JSON.stringify(answered)}${body}`.includes(TOKEN)]).toEqual([path, false]);
      }
    }
    const granted = await get(`${url}/api/session`, { method: 'POST', headers: { Authorization: `Bearer ${TOKEN}` } });
    expect(JSON.stringify(granted.headers)).not.toContain(TOKEN);
  });

  it('cannot have two requests counted as one, and get no header of their own into an answer', async () => {
    verifies('NFR-05');
    const { port } = await serving({ allowedOrigins: ['https://desk.example'] });
    const smuggled = await raw(
      port,
      'POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n',
    );
    expect(smuggled).not.toContain('up 1');
    const injected = await raw(
      port,
      'GET /health HTTP/1.1\r\nHost: localhost\r\nOrigin: https://desk.example\tX-Injected: 1\r\nConnection: close\r\n\r\n',
    );
    expect(injected).not.toMatch(/^X-Injected/m);
  });
});
