import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { type EarlyCase, expectEarlyInstruments } from '../../support/early-apps.ts';
import { call } from '../../support/guest-apps.ts';
import { InstrumentedServer, REGISTER_URL, stopServers } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';

const run = promisify(execFile);
const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

afterAll(stopServers);

/** A subset; the product of all of them is run by `npm run test:matrix`. */
const CASES: readonly EarlyCase[] = [
  { application: 'API 1.9', ours: 'ours 2.x', format: 'mjs', register: 'never' },
  { application: 'API 1.10', ours: 'ours 2.x', format: 'cjs', register: 'never' },
  { application: 'API 1.10', ours: 'ours 3.x', format: 'mjs', register: 'never' },
  { application: 'API 1.9, sdk-trace 2.x', ours: 'ours 2.x', format: 'cjs', register: 'before' },
  { application: 'API 1.10, sdk-trace 3.x', ours: 'ours 2.x', format: 'mjs', register: 'after' },
];

describe('instruments made at the top level of modules, before any server', () => {
  it.each(CASES)(
    'record everything once: $application, $ours, $format, own provider registered: $register',
    { timeout: 120_000 },
    async (early) => {
      await expectEarlyInstruments(early);
    },
  );

  it('of an instrumentation registered there record too, and what was over the bound is counted', async () => {
    const http = createServer((_, response) => void response.end('served')).listen(0, '127.0.0.1');
    try {
      await new Promise((resolve) => http.once('listening', resolve));
      const { port } = http.address() as AddressInfo;
      const server = await InstrumentedServer.start(fixture('early-undici.mjs'), {
        arguments: [`http://127.0.0.1:${port}`],
        env: { MCP_VITALS_OTEL: 'own' },
      });
      const client = new StdioRpcClient(server.child);
      await initialize(client);
      await server.url();
      expect(await call(client, 'fetch')).toBe('200');
      const text = (await server.metricsText())
        .split('\n')
        .filter((line) => /^(http_client|start_|mcp_vitals_self_)/.test(line))
        .join('\n');
      // The first of them was fetched before there was a server.
      expect(text).toMatch(/^http_client_request_duration_seconds_count\{[^}]*"200"[^}]*\} 2$/m);
      expect(text).toMatch(/^start_asked_total\{[^}]*\} 999$/m);
      expect(text).toMatch(/^mcp_vitals_self_dropped_total\{(?=[^}]*"metrics")[^}]*"early_buffer_full"[^}]*\} 501$/m);
    } finally {
      http.closeAllConnections();
      http.close();
    }
  });
});

describe('a program without MCP', () => {
  const answerOf = async (
    way: string,
    env: Readonly<Record<string, string>>,
    ...before: string[]
  ): Promise<unknown> => {
    const { stdout, stderr } = await run(process.execPath, [...before, fixture('early-alone.mjs'), way], {
      env: { PATH: process.env['PATH'], ...env },
    });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };

  it('that records with the API is answered as without us, and nothing is registered for it', async () => {
    const seen = { answer: 'nothing', registered: false };
    expect(await answerOf('recording', {})).toEqual({ ...seen, meter: 'NoopMeter', standIn: false });
    expect(await answerOf('recording', {}, '--import', REGISTER_URL)).toMatchObject({ ...seen, standIn: true });
  });

  it('that registers a meter provider of its own has it at once', async () => {
    const seen = await answerOf('registering', {}, '--import', REGISTER_URL);
    // What was recorded before it is not in it; what an early instrument records from then on is.
    expect(seen).toMatchObject({ accepted: true, made: 2, registered: true });
  });

  it('that does not load the API loads nothing of this either', async () => {
    expect(await answerOf('without', {}, '--import', REGISTER_URL)).toEqual({ registered: false, standIn: false });
  });

  it.each(['off', 'guest', 'propagate'])('has the API as it is in mode %s', async (mode) => {
    const seen = await answerOf('recording', { MCP_VITALS_OTEL: mode }, '--import', REGISTER_URL);
    expect(seen).toMatchObject({ meter: 'NoopMeter', standIn: false });
  });
});
