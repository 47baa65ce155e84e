import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import type { HttpRpcClient } from '../../support/json-rpc-client.ts';
import { INSTALLED_V1, INSTALLED_V2, type SdkVersion } from '../../support/sdk-versions.ts';
import { verifies } from '../../support/verifies.ts';
import { batches, callback, namesOf, notifications, requests, type ServerKind, shakeHands } from './conversation.ts';
import type { Ledger } from './ledger.ts';
import { httpCase } from './matrix-case.ts';
import { type ModuleFormat, placePrograms, program, removePrograms } from './programs.ts';
import { printTable } from './result-table.ts';

const table: (string | number)[][] = [
  ['sdk', 'modules', 'server', 'transport', 'messages', 'streams', 'bytes', 'wire', 'figures'],
];

afterEach(stopServers);
afterAll(async () => {
  await removePrograms();
  printTable('HTTP, Node 20', table);
});

/** Cancels a call that is running; the answer of the cancelled request is an empty stream or none at all. */
async function cancelOverHttp(ledger: Ledger, client: HttpRpcClient): Promise<void> {
  const params = { name: 'waits', arguments: {} };
  const abandoned = client.post({ jsonrpc: '2.0', id: 'given-up', method: 'tools/call', params });
  await ledger.tool('echo', { text: 'while the other one waits' });
  await ledger.tell('notifications/cancelled', { requestId: 'given-up', reason: 'Request timed out' });
  ledger.note('tools/call', params, 'timeout');
  await ledger.call('ping');
  client.close();
  await abandoned;
}

interface Combination {
  readonly version: SdkVersion;
  readonly format: ModuleFormat;
  readonly kind: ServerKind;
  readonly answers: 'json' | 'sse';
}

// SDK 1.10, the first with this transport, never answers a request that failed; that is its own doing.
const combinations: Combination[] = (
  [
    ['1.13.3', 'esm', 'high'],
    [INSTALLED_V1, 'esm', 'high'],
    [INSTALLED_V1, 'cjs', 'low'],
    [INSTALLED_V2, 'esm', 'low'],
    [INSTALLED_V2, 'cjs', 'high'],
  ] as const
).flatMap(([version, format, kind]) =>
  (['json', 'sse'] as const).map((answers) => ({ version, format, kind, answers })),
);

describe.each(combinations)('SDK $version ($format, $kind-level) with $answers answers', (combination) => {
  const { version, format, kind, answers } = combination;
  const flags = answers === 'json' ? ['json'] : [];
  // Batches were in the protocol in one revision only; SDK 1.x still serves them.
  const protocolVersion = '2025-03-26';

  it('a stateful server says the same bytes and is counted exactly', async () => {
    verifies('REG-01', 'REG-02', 'LAT-01', 'THR-01', 'THR-02');
    const folder = await placePrograms(version, format);
    const { messages, streams, bytes } = await httpCase({
      script: program(folder, `v${version[0]}-http`),
      options: { arguments: [kind, ...flags] },
      names: namesOf(kind),
      expectation: {
        transport: 'tcp',
        protocolVersion,
        sessions: { active: 0, started: 1 },
        executed: ['echo', 'fails', 'noisy', 'waits'],
      },
      converse: async (ledger, client) => {
        await shakeHands(ledger, protocolVersion);
        await client.listen({ accept: 'text/event-stream' });
        await requests(ledger, kind, true);
        await notifications(ledger, kind);
        await ledger.tool('noisy', { token: 'token-1' });
        if (answers === 'sse') await callback(ledger);
        await batches(ledger, client, true);
        await cancelOverHttp(ledger, client);
        await client.delete();
      },
    });
    table.push([version, format, kind, `stateful, ${answers}`, messages, streams, bytes, 'equal', 'exact']);
  }, 120_000);

  it('a stateless server says the same bytes and is counted exactly', async () => {
    verifies('REG-01', 'REG-02', 'LAT-01', 'THR-01');
    const folder = await placePrograms(version, format);
    const { messages, streams, bytes } = await httpCase({
      script: program(folder, `v${version[0]}-http`),
      options: { arguments: [kind, 'stateless', ...flags] },
      names: namesOf(kind),
      expectation: {
        transport: 'tcp',
        protocolVersion: undefined,
        sessions: { active: 0, started: 0 },
        executed: ['echo', 'fails', 'noisy'],
      },
      converse: async (ledger, client) => {
        await shakeHands(ledger, protocolVersion);
        await requests(ledger, kind, true);
        await notifications(ledger, kind);
        await ledger.tool('noisy', { token: 'token-1' });
        await batches(ledger, client, true);
        await ledger.call('ping');
        expect(client.headers).not.toHaveProperty('mcp-session-id');
      },
    });
    table.push([version, format, kind, `stateless, ${answers}`, messages, streams, bytes, 'equal', 'exact']);
  }, 120_000);
});
