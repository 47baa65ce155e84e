import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../src/core/model/snapshot.ts';
import { verifies } from '../../support/verifies.ts';
import { afterTest, createEndpoint, get } from './endpoint.ts';
import { SNAPSHOT } from './snapshot.ts';

interface Reader {
  readonly status: number;
  readonly text: () => string;
  readonly ids: () => string[];
  readonly leave: () => void;
}

function read(url: string, headers: Record<string, string> = {}): Promise<Reader> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}/api/stream`, { agent: false, headers }, (response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', () => {});
      resolve({
        status: response.statusCode ?? 0,
        text: () => text,
        ids: () => [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id as string),
        leave: () => request.destroy(),
      });
    });
    afterTest(() => request.destroy());
    request.on('error', reject);
    request.end();
  });
}

/** An endpoint whose snapshots are numbered by the order in which they were taken. */
async function serving(padding = '', options: Parameters<typeof createEndpoint>[0] = {}) {
  let taken = 0;
  const snapshot = (): Snapshot => {
    taken += 1;
    return {
      ...SNAPSHOT,
      requests: { active: taken, peak: 0, queued: 0 },
      dropped: padding === '' ? {} : { [padding]: taken },
    };
  };
  const sources = { metricsText: async () => 'up 1\n', snapshot, summaryText: () => '' };
  const endpoint = createEndpoint({ sources, ...options });
  const address = await endpoint.server.start();
  if (address === undefined) throw new Error(endpoint.lines.join(''));
  return { ...endpoint, ...address, taken: () => taken };
}

/** Numbers of the snapshots a reader has got, whole or as an update. */
const snapshotsIn = (text: string): number[] =>
  [...text.matchAll(/^event: (?:snapshot|update)\ndata: (.*)$/gm)].map(
    ([, data]) => (JSON.parse(data as string) as Snapshot).requests.active,
  );
const namesIn = (text: string): string[] => [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name as string);

describe('the event stream', () => {
  it('sends a snapshot at once and what changes every second, a sign of life in between, taken once for all readers', async () => {
    verifies('DSH-02');
    const { url, clock, taken } = await serving();
    const first = await read(url);
    const second = await read(url);
    await expect.poll(() => snapshotsIn(second.text())).toEqual([1]);
    for (let step = 2; step < 7; step += 1) {
      clock.advance(1_000);
      await expect.poll(() => snapshotsIn(first.text()).at(-1)).toBe(step);
    }
    await expect.poll(() => snapshotsIn(second.text())).toEqual([1, 2, 3, 4, 5, 6]);
    expect(namesIn(first.text())).toEqual(['snapshot', ...Array(5).fill('update')]);
    await expect.poll(() => first.text()).toMatch(/^retry: 2000\n\n[\s\S]*\n:\n\n/);
    expect(taken()).toBe(6);
  });

  it('goes on after the event a reader saw last, and starts anew for one that was away for too long', async () => {
    verifies('DSH-02');
    const { url, clock } = await serving();
    const first = await read(url);
    const second = async (seen: number) => {
      clock.advance(1_000);
      await expect.poll(() => first.ids()).toHaveLength(seen);
    };
    await expect.poll(() => first.ids()).toHaveLength(1);
    await second(2);
    await second(3);
    await second(4);
    const seen = first.ids()[1] ?? '';
    first.leave();
    const back = await read(url, { 'Last-Event-ID': seen });
    await expect.poll(() => snapshotsIn(back.text())).toEqual([3, 4]);
    expect(namesIn(back.text())).toEqual(['update', 'update']);
    expect(back.ids()).toEqual(first.ids().slice(2));
    for (const unknown of ['', 'x', `${seen.slice(0, 8)}-999999`, 'AAAAAAAA-1']) {
      const reader = await read(url, { 'Last-Event-ID': unknown });
      await expect.poll(() => namesIn(reader.text())).toEqual(['snapshot']);
    }
    for (let events = 3; events < 66; events += 1) {
      clock.advance(1_000);
      await expect.poll(() => back.ids().length, { interval: 1 }).toBe(events);
    }
    const late = await read(url, { 'Last-Event-ID': seen });
    await expect.poll(() => namesIn(late.text())).toEqual(['snapshot']);
  });

  it('gives figures to whoever comes while they are taken, and again after everybody has left', async () => {
    const { url, clock } = await serving();
    const readers = await Promise.all([read(url), read(url), read(url)]);
    for (const reader of readers) await expect.poll(() => snapshotsIn(reader.text())).toEqual([1]);
    for (const reader of readers) reader.leave();
    await expect
      .poll(async () => {
        clock.advance(40_000);
        const late = await read(url);
        await expect.poll(() => snapshotsIn(late.text())).toHaveLength(1);
        late.leave();
        return snapshotsIn(late.text())[0];
      })
      .toBeGreaterThan(1);
  });

  it('gives everything as soon as there are figures to a reader that came while they could not be taken', async () => {
    let isBroken = true;
    const snapshot = (): Snapshot => {
      if (isBroken) throw new Error('no figures');
      return SNAPSHOT;
    };
    const { server, clock } = createEndpoint({
      sources: { metricsText: async () => '', snapshot, summaryText: () => '' },
    });
    const reader = await read((await server.start())?.url ?? '');
    for (const seconds of [1, 2]) {
      clock.advance(1_000 * seconds);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(namesIn(reader.text())).toEqual([]);
    isBroken = false;
    await expect
      .poll(() => {
        clock.advance(1_000);
        return namesIn(reader.text());
      })
      .toContain('snapshot');
    expect(namesIn(reader.text())[0]).toBe('snapshot');
  });

  it('takes no figures when nobody has read for half a minute', async () => {
    const { url, clock, taken } = await serving();
    const reader = await read(url);
    reader.leave();
    await expect
      .poll(() => {
        clock.advance(1_000);
        const before = taken();
        clock.advance(1_000);
        return taken() - before;
      })
      .toBe(0);
    expect(taken()).toBeLessThan(60);
  });

  it('asks for the token like everything else', async () => {
    const { url } = await serving('', { token: 't0ken' });
    expect((await get(`${url}/api/stream`)).status).toBe(401);
    expect((await read(url, { Authorization: 'Bearer t0ken' })).status).toBe(200);
  });

  it('ends with the endpoint', async () => {
    const { url, server } = await serving();
    const reader = await read(url);
    expect(reader.status).toBe(200);
    await server.stop();
    await expect(get(url)).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('the event stream and hostile readers', () => {
  it('serves 32 of a thousand readers, refuses the others, and the endpoint goes on answering', async () => {
    verifies('DSH-02');
    const { url, port } = await serving();
    const served: number[] = [];
    const sockets = Array.from({ length: 1_000 }, () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.setEncoding('utf8');
      socket.once('data', (text: string) => served.push(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])));
      socket.write('GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
      afterTest(() => socket.destroy());
      return new Promise((resolve) => {
        socket.once('data', resolve);
        socket.once('close', resolve);
      });
    });
    await Promise.all(sockets);
    expect(served.filter((status) => status === 200)).toHaveLength(32);
    expect(served.filter((status) => status !== 200 && status !== 503)).toEqual([]);
    await expect.poll(async () => (await get(`${url}/metrics`).catch(() => undefined))?.status).toBe(200);
    const refused = await get(`${url}/api/stream`);
    expect([refused.status, refused.headers['retry-after'], refused.body.toString()]).toEqual([
      503,
      '5',
      'too many readers of the stream\n',
    ]);
  });

  it('cuts off a reader that does not read, and keeps those that do', async () => {
    verifies('DSH-02');
    const { url, port, clock } = await serving('x'.repeat(200_000));
    const good = await read(url);
    const lazy = connect(port, '127.0.0.1');
    let closed = false;
    lazy.on('error', () => {});
    lazy.on('close', () => {
      closed = true;
    });
    afterTest(() => lazy.destroy());
    lazy.write('GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    lazy.pause();
    await expect.poll(() => good.ids().length).toBe(1);
    for (let events = 2; events < 40; events += 1) {
      clock.advance(1_000);
      await expect.poll(() => good.ids().length, { interval: 1 }).toBe(events);
    }
    lazy.resume();
    await expect.poll(() => closed, { timeout: 20_000 }).toBe(true);
    const before = good.ids().length;
    clock.advance(1_000);
    await expect.poll(() => good.ids().length).toBeGreaterThan(before);
  });
});
