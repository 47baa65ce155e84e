import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Recommendation } from '../../../src/core/model/health.ts';
import { InstrumentedServer, stopServers } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { verifies } from '../../support/verifies.ts';

const SCRIPT = fileURLToPath(new URL('fixtures/blocked-server.mjs', import.meta.url));
const ANSWER_MS = 15;
const CALL_EVERY_MS = 40;
/** From five times the smallest share of the time that is named down to twice of it, in long and in short pieces; and nothing at all. */
const STRENGTHS = [
  { blockedMs: 250, everyMs: 1000 },
  { blockedMs: 60, everyMs: 300 },
  { blockedMs: 40, everyMs: 400 },
  { blockedMs: 400, everyMs: 2500 },
  { blockedMs: 0, everyMs: 0 },
  { blockedMs: 4, everyMs: 400 },
] as const;
const AT_ONCE = 2;
const SECONDS = 12;

let service: Server;
let address: string;

beforeAll(async () => {
  service = createServer((_, response) => {
    setTimeout(() => response.end('an answer'), ANSWER_MS);
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  address = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await stopServers();
  service.closeAllConnections();
  service.close();
});

/** What a server recommends that is called all the time while a timer of its computes. */
async function adviceUnder(blockedMs: number, everyMs: number): Promise<readonly Recommendation[]> {
  const server = await InstrumentedServer.start(SCRIPT, {
    arguments: [address, String(blockedMs), String(everyMs)],
    env: { MCP_VITALS_STATE_DIR: 'off', MCP_VITALS_WINDOW: '10s' },
  });
  const client = new StdioRpcClient(server.child);
  await initialize(client);
  const calls: Promise<unknown>[] = [];
  for (let sent = 0; sent < (SECONDS * 1000) / CALL_EVERY_MS; sent++) {
    calls.push(client.request('tools/call', { name: 'ask' }));
    await delay(CALL_EVERY_MS);
  }
  await Promise.all(calls);
  // What keeps the loop is settled a second later.
  await delay(1200);
  const { health } = await server.snapshot();
  await server.stop();
  return health?.recommendations ?? [];
}

test('a timer that computes is named as the event loop at every strength that requests feel, and never where there is none', {
  timeout: 120_000,
}, async () => {
  verifies('OPT-01');
  const found: (readonly Recommendation[])[] = [];
  // Few at once: a clean server on a machine that is not waited for.
  for (let from = 0; from < STRENGTHS.length; from += AT_ONCE) {
    const some = STRENGTHS.slice(from, from + AT_ONCE);
    found.push(...(await Promise.all(some.map(({ blockedMs, everyMs }) => adviceUnder(blockedMs, everyMs)))));
  }
  found.forEach((advice, index) => {
    const { blockedMs, everyMs } = STRENGTHS[index] as (typeof STRENGTHS)[number];
    const told = advice.map(({ culprit, share, evidence }) => `${culprit} ${(share * 100).toFixed(0)} %: ${evidence}`);
    process.stderr.write(`${blockedMs} ms every ${everyMs} ms: ${told.join('; ') || 'nothing'}\n`);
  });
  for (const [index, { blockedMs, everyMs }] of STRENGTHS.entries()) {
    const named = (found[index] ?? []).some(({ culprit }) => culprit === 'event loop');
    expect(named, `${blockedMs} ms every ${everyMs} ms`).toBe(blockedMs >= 40);
  }
});
