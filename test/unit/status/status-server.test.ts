import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';
import { afterTest, createEndpoint, get } from './endpoint.ts';
import { SNAPSHOT } from './snapshot.ts';

async function started(options: Parameters<typeof createEndpoint>[0] = {}) {
  const endpoint = createEndpoint(options);
  const address = await endpoint.server.start();
  if (address === undefined) throw new Error(`not started: ${endpoint.lines.join('')}`);
  return { ...endpoint, ...address };
}

describe('the status endpoint', () => {
  it('serves its paths with their content types and security headers', async () => {
    const { url } = await started();
    const expected: readonly (readonly [string, string, string])[] = [
      ['/', 'text/plain; charset=utf-8', 'operation  count\ntools/call     3\n'],
      ['/metrics', 'text/plain; version=0.0.4; charset=utf-8', 'up 1\n'],
      ['/api/summary', 'application/json; charset=utf-8', `${JSON.stringify(SNAPSHOT)}\n`],
      ['/api/snapshot?pretty', 'application/json; charset=utf-8', `${JSON.stringify(SNAPSHOT)}\n`],
      ['/health', 'application/json; charset=utf-8', '{"status":"ok","uptimeSeconds":0}\n'],
      ['/health/live', 'application/json; charset=utf-8', '{"status":"ok","uptimeSeconds":0}\n'],
      ['/health/ready', 'application/json; charset=utf-8', '{"status":"ok","uptimeSeconds":0}\n'],
    ];
    for (const [path, contentType, body] of expected) {
      const received = await get(url + path);
      expect([path, received.status, received.headers['content-type'], received.body.toString()]).toEqual([
        path,
        200,
        contentType,
        body,
      ]);
      expect(received.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cache-control': 'no-store',
        'content-length': String(body.length),
      });
      expect(received.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('answers HEAD without a body, other methods with 405 and other paths with 404', async () => {
    const { url } = await started();
    const head = await get(`${url}/metrics`, { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '5', 0]);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const refused = await get(`${url}/metrics`, { method });
      expect([refused.status, refused.headers['allow']]).toEqual([405, 'GET, HEAD']);
    }
    for (const path of ['/nothing', '//metrics', '/metrics/', '/../metrics', '/%6detrics', '/constructor']) {
      expect([path, (await get(url, { path })).status]).toEqual([path, 404]);
    }
  });

  it('compresses large texts for clients that take gzip, and no others', async () => {
    const large = 'metric 1\n'.repeat(5_000);
    const sources = { metricsText: async () => large, snapshot: () => SNAPSHOT, summaryText: () => '' };
    const { url } = await started({ sources });
    const packed = await get(`${url}/metrics`, { headers: { 'Accept-Encoding': 'deflate, gzip;q=0.5' } });
    expect([packed.headers['content-encoding'], packed.headers['vary']]).toEqual(['gzip', 'Accept-Encoding']);
    expect(packed.body.length).toBeLessThan(large.length / 10);
    expect(gunzipSync(packed.body).toString()).toBe(large);
    for (const coding of ['gzip;q=0', 'br', '']) {
      const plain = await get(`${url}/metrics`, { headers: { 'Accept-Encoding': coding } });
      expect([coding, plain.headers['content-encoding'], plain.body.toString()]).toEqual([coding, undefined, large]);
    }
    const small = await get(`${url}/health`, { headers: { 'Accept-Encoding': 'gzip' } });
    expect(small.headers['content-encoding']).toBeUndefined();
  });

  it('answers 503 with a running count while a source fails, and recovers with it', async () => {
    verifies('NFR-05');
    let broken = true;
    const { url, lines } = await started({ failing: () => broken });
    expect((await get(`${url}/metrics`)).body.toString()).toBe(
      'no figures at the moment (failure 1 since the start)\n',
    );
    expect((await get(`${url}/health/ready`)).status).toBe(503);
    const third = await get(`${url}/`);
    expect([third.status, third.body.toString()]).toEqual([
      503,
      'no figures at the moment (failure 3 since the start)\n',
    ]);
    expect((await get(`${url}/health/live`)).status).toBe(200);
    expect(lines.filter((line) => line.includes('the source is broken'))).toHaveLength(3);
    broken = false;
    expect((await get(`${url}/metrics`)).status).toBe(200);
  });

  it('answers 503 when a source never settles', async () => {
    const sources = {
      metricsText: () => new Promise<string>(() => {}),
      snapshot: () => SNAPSHOT,
      summaryText: () => '',
    };
    const { url, clock, lines } = await started({ sources });
    const pending = get(`${url}/metrics`);
    await expect
      .poll(() => {
        clock.advance(5_000);
        return lines.join('');
      })
      .toContain('no answer within');
    expect((await pending).status).toBe(503);
  });
});

describe('the status endpoint and hostile clients', () => {
  it('turns away foreign host names, which a rebound name would carry', async () => {
    verifies('NFR-05');
    const { url, port } = await started();
    const status = async (host: string) => (await get(`${url}/metrics`, { headers: { Host: host } })).status;
    for (const host of [`127.0.0.1:${port}`, 'localhost', 'LOCALHOST:1', '[::1]:9464', '127.9.9.9']) {
      expect([host, await status(host)]).toEqual([host, 200]);
    }
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1.evil.example',
      'localhost.evil',
      'a@127.0.0.1',
      '10.0.0.1',
      '127.1',
    ]) {
      expect([host, await status(host)]).toEqual([host, 403]);
    }
  });

  it('refuses long URLs, large headers, bodies and garbage, and goes on serving', async () => {
    verifies('NFR-05');
    const { url, port } = await started();
    expect((await get(url, { path: `/${'a'.repeat(3_000)}` })).status).toBe(414);
    expect((await get(url, { headers: { 'X-Large': 'a'.repeat(9_000) } })).status).toBe(431);
    expect((await get(url, { send: 'body', headers: { 'Content-Length': 4 } })).status).toBe(413);
    expect((await get(url, { send: 'body', headers: { 'Transfer-Encoding': 'chunked' } })).status).toBe(413);
    const garbage = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('\0\0 garbage \r\n\r\n'));
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('close', () => resolve(text));
    });
    expect(garbage).toMatch(/^HTTP\/1\.1 400 /);
    expect((await get(`${url}/health`)).status).toBe(200);
  });

  it('holds few answers for readers that never read', async () => {
    verifies('NFR-05');
    const large = 'x'.repeat(4_000_000);
    let taken = 0;
    const metricsText = async () => {
      taken += 1;
      return large;
    };
    const { url, port, clock } = await started({
      sources: { metricsText, snapshot: () => SNAPSHOT, summaryText: () => '' },
    });
    const sockets = Array.from({ length: 40 }, () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.pause();
      socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3));
      afterTest(() => socket.destroy());
      return socket;
    });
    await Promise.all(
      sockets.map((socket) => socket.readable && new Promise((resolve) => socket.once('readable', resolve))),
    );
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(16);
    expect((await get(`${url}/health`)).status).toBe(503);
    clock.advance(30_000);
    await expect.poll(async () => (await get(`${url}/health`)).status).toBe(200);
  });

  it('asks for the token everywhere but on /health, and accepts only the right one', async () => {
    const { url } = await started({ token: 's3cret' });
    const status = async (path: string, authorization?: string) =>
      (await get(url + path, authorization === undefined ? {} : { headers: { Authorization: authorization } })).status;
    for (const path of ['/', '/metrics', '/api/snapshot', '/nothing']) expect(await status(path)).toBe(401);
    for (const wrong of ['', 'Bearer', 'Bearer ', 'Bearer s3cre', 'Bearer s3crett', 'Basic s3cret', 's3cret']) {
      expect([wrong, await status('/metrics', wrong)]).toEqual([wrong, 401]);
    }
    expect(await status('/metrics', 'Bearer s3cret')).toBe(200);
    expect(await status('/nothing', 'bearer s3cret')).toBe(404);
    for (const path of ['/health', '/health/live', '/health/ready']) expect(await status(path)).toBe(200);
  });
});

describe('the port of the status endpoint', () => {
  async function occupied(): Promise<number> {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    afterTest(() => other.close());
    return (other.address() as AddressInfo).port;
  }

  it('moves to the next free one and says so as a warning', async () => {
    verifies('NFR-05');
    const taken = await occupied();
    const first = await started({ port: taken });
    const second = await started({ port: taken });
    expect(first.port).toBeGreaterThan(taken);
    expect(second.port).toBeGreaterThan(first.port);
    expect(first.lines).toEqual([
      `mcp-vitals warn: port ${taken} is taken, status endpoint at http://127.0.0.1:${first.port}\n`,
    ]);
    expect((await get(`${second.url}/health`)).status).toBe(200);
  });

  it('is announced at info level when it is the wanted one or any', async () => {
    const { lines, url } = await started({ port: 0 });
    expect(lines).toEqual([`mcp-vitals info: status endpoint at ${url}\n`]);
  });

  it('stays closed with one line when the host cannot be bound', async () => {
    verifies('NFR-05');
    const { server, lines } = createEndpoint({ host: '192.0.2.1', token: 't' });
    expect(await server.start()).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^mcp-vitals error: no status endpoint: .*192\.0\.2\.1/);
    await server.stop();
  });

  it('is bound to loopback when no token protects a wider host', async () => {
    const { url, port, lines } = await started({ host: '0.0.0.0', token: '' });
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(lines[0]).toMatch(/^mcp-vitals warn: .*instead of 0\.0\.0\.0.*MCP_VITALS_TOKEN/);
    const { url: wide } = await started({ host: '0.0.0.0', token: 't' });
    const headers = { Host: 'vitals.internal:9464', Authorization: 'Bearer t' };
    expect((await get(`${wide}/metrics`, { headers })).status).toBe(200);
    expect((await get(`${url}/metrics`, { headers })).status).toBe(403);
  });

  it('is given back by stop, also with connections open, and not taken again', async () => {
    const { server, url, port } = await started();
    const idle = connect(port, '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    const closed = new Promise((resolve) => idle.once('close', resolve));
    idle.on('error', () => {});
    await Promise.all([server.stop(), server.stop()]);
    await closed;
    await expect(get(url)).rejects.toThrow(/ECONNREFUSED/);
    const never = createEndpoint();
    await never.server.stop();
    expect(await never.server.start()).toBeUndefined();
  });
});
