import { describe, expect, it } from 'vitest';
import type { MachineDocument } from '../../../src/status/machine/machine-document.ts';
import { serveMachinePage } from '../../../src/status/machine/machine-server.ts';
import { verifies } from '../../support/verifies.ts';
import { afterTest, get } from './endpoint.ts';

const EMPTY: MachineDocument = { schemaVersion: 1, servers: [] };

async function serving(read: () => Promise<MachineDocument> = async () => EMPTY) {
  const page = await serveMachinePage(read);
  afterTest(() => page.close());
  const { origin, hash } = new URL(page.url);
  const key = new URLSearchParams(hash.slice(1)).get('key') ?? '';
  return { ...page, figures: `${origin}/api/servers`, origin, authorized: { Authorization: `Bearer ${key}` } };
}

describe('the page of all servers of a machine', () => {
  it('gives figures to those who have the key of its address, under its own name, and to no page of others', async () => {
    verifies('NFR-05');
    const { figures, origin, authorized } = await serving();
    const granted = await get(figures, { headers: authorized });
    expect([granted.status, JSON.parse(granted.body.toString())]).toEqual([200, EMPTY]);
    expect((await get(figures)).status).toBe(401);
    expect((await get(figures, { headers: { Authorization: 'Bearer wrong' } })).status).toBe(401);
    for (const path of ['/', '/page.js', '/api/servers']) {
      const rebound = await get(origin + path, { headers: { ...authorized, Host: 'rebound.example' } });
      const foreign = await get(origin + path, { headers: { ...authorized, Origin: 'http://evil.example' } });
      expect([path, rebound.status, foreign.status]).toEqual([path, 403, 403]);
    }
    expect((await get(figures, { method: 'POST', headers: authorized })).status).toBe(405);
    expect((await get(`${origin}/../package.json`)).status).toBe(404);
    expect((await get(`${origin}/${'x'.repeat(3_000)}`)).status).toBe(414);
  });

  it('asks the servers once for all who look at the same time, and says when it cannot', async () => {
    let asked = 0;
    let answer: (document: MachineDocument) => void = () => {};
    const { figures, authorized } = await serving(() => {
      asked += 1;
      return new Promise((resolve, reject) => {
        answer = (document) => (document === EMPTY ? resolve(document) : reject(new Error('broken')));
      });
    });
    const both = [get(figures, { headers: authorized }), get(figures, { headers: authorized })];
    await expect.poll(() => asked).toBe(1);
    // The second request is on its way; it finds the question of the first.
    await get(figures);
    answer(EMPTY);
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200]);
    const later = get(figures, { headers: authorized });
    await expect.poll(() => asked).toBeGreaterThan(1);
    answer({ ...EMPTY });
    expect((await later).status).toBe(503);
  });
});
