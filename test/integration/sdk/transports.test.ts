import { afterAll, afterEach, describe, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import { INSTALLED_V1, INSTALLED_V2, type SdkVersion } from '../../support/sdk-versions.ts';
import { verifies } from '../../support/verifies.ts';
import {
  callback,
  cancellation,
  framing,
  namesOf,
  notifications,
  requests,
  type ServerKind,
  shakeHands,
} from './conversation.ts';
import { Ledger } from './ledger.ts';
import { type CaseResult, httpCase, stdioCase } from './matrix-case.ts';
import { MODERN_REVISION, ModernClient } from './modern-client.ts';
import { type ModuleFormat, placePrograms, program, removePrograms } from './programs.ts';
import { printTable } from './result-table.ts';

const table: (string | number)[][] = [
  ['sdk', 'modules', 'server', 'transport', 'messages', 'streams', 'bytes', 'wire', 'figures'],
];

function enter(row: readonly string[], { messages, streams, bytes }: CaseResult): void {
  table.push([...row, messages, streams, bytes, 'equal', 'exact']);
}

afterEach(stopServers);
afterAll(async () => {
  await removePrograms();
  printTable('other transports, Node 20', table);
});

const EXECUTED = ['echo', 'fails', 'noisy'];
const REVISION = '2025-06-18';

describe.each<[ModuleFormat, ServerKind]>([
  ['esm', 'high'],
  ['cjs', 'low'],
])('As %s, a %s-level server', (format, kind) => {
  it.each<SdkVersion>([INSTALLED_V1, INSTALLED_V2])(
    'of SDK %s over the in-memory transport is counted exactly',
    async (version) => {
      verifies('REG-01', 'LAT-01', 'THR-01', 'THR-02');
      const folder = await placePrograms(version, format);
      const result = await stdioCase({
        script: program(folder, `v${version[0]}-in-memory`),
        options: { arguments: [kind] },
        names: namesOf(kind),
        expectation: {
          transport: 'inproc',
          protocolVersion: REVISION,
          sessions: { active: 1, started: 1 },
          executed: EXECUTED,
        },
        converse: async (ledger, client) => {
          await shakeHands(ledger, REVISION);
          await requests(ledger, kind, true);
          await notifications(ledger, kind);
          await ledger.tool('noisy', { token: 'token-1' });
          await callback(ledger);
          await cancellation(ledger, (message) => client.write(`${JSON.stringify(message)}\n`));
        },
      });
      enter([version, format, kind, 'in memory'], result);
    },
  );

  it('over the legacy SSE transport says the same bytes and is counted exactly', async () => {
    verifies('REG-01', 'LAT-01', 'THR-01', 'THR-02');
    const folder = await placePrograms(INSTALLED_V1, format);
    const result = await httpCase({
      script: program(folder, 'v1-sse'),
      options: { arguments: [kind] },
      names: namesOf(kind),
      expectation: {
        transport: 'tcp',
        protocolVersion: '2024-11-05',
        sessions: { active: 1, started: 1 },
        executed: EXECUTED,
      },
      converse: async (ledger, client) => {
        await client.listenLegacy();
        await shakeHands(ledger, '2024-11-05');
        await requests(ledger, kind, true);
        await notifications(ledger, kind);
        await ledger.tool('noisy', { token: 'token-1' });
        await callback(ledger);
        await client.post('this is no JSON');
        await ledger.call('ping');
      },
    });
    enter([INSTALLED_V1, format, kind, 'legacy SSE'], result);
  });

  it('behind serveStdio says the same bytes to a client of 2025 and is counted exactly', async () => {
    verifies('REG-01', 'LAT-01', 'THR-01', 'THR-02');
    const folder = await placePrograms(INSTALLED_V2, format);
    const result = await stdioCase({
      script: program(folder, 'v2-serve-stdio'),
      options: { arguments: [kind] },
      names: namesOf(kind),
      expectation: {
        transport: 'pipe',
        protocolVersion: REVISION,
        sessions: { active: 1, started: 1 },
        executed: EXECUTED,
      },
      converse: async (ledger, client) => {
        await shakeHands(ledger, REVISION);
        await requests(ledger, kind, true);
        await notifications(ledger, kind);
        await ledger.tool('noisy', { token: 'token-1' });
        await callback(ledger);
        await cancellation(ledger, (message) => client.write(`${JSON.stringify(message)}\n`));
        await framing(ledger, client);
      },
    });
    enter([INSTALLED_V2, format, kind, 'serveStdio, 2025'], result);
  });

  it('behind serveStdio says the same bytes to a client of 2026-07-28 and is counted exactly', async () => {
    verifies('REG-01', 'LAT-01', 'THR-01');
    const folder = await placePrograms(INSTALLED_V2, format);
    const result = await stdioCase({
      script: program(folder, 'v2-serve-stdio'),
      options: { arguments: [kind] },
      names: namesOf(kind),
      expectation: {
        transport: 'pipe',
        protocolVersion: MODERN_REVISION,
        sessions: { active: 1, started: 1 },
        executed: EXECUTED,
      },
      converse: async (ledger, raw) => {
        const client = new ModernClient(raw);
        const modern = new Ledger(client, namesOf(kind), ledger);
        await modern.call('server/discover');
        await requests(modern, kind, true);
        await notifications(modern, kind);
        await modern.tool('noisy', { token: 'token-1' });
        await cancellation(modern, (message) => {
          const { method, params, id } = message as { method: string; params: unknown; id: string };
          raw.write(`${JSON.stringify(client.message(method, params, id))}\n`);
        });
      },
    });
    enter([INSTALLED_V2, format, kind, 'serveStdio, 2026-07-28'], result);
  });

  describe.each(['auto', 'sse'])('behind createMcpHandler in response mode %s', (mode) => {
    it('says the same bytes to a client of 2025 and is counted exactly', async () => {
      verifies('REG-01', 'LAT-01', 'THR-01');
      const folder = await placePrograms(INSTALLED_V2, format);
      const result = await httpCase({
        script: program(folder, 'v2-handler'),
        options: { arguments: [kind, mode] },
        names: namesOf(kind),
        expectation: {
          transport: 'tcp',
          protocolVersion: undefined,
          sessions: { active: 0, started: 0 },
          executed: EXECUTED,
        },
        converse: async (ledger) => {
          await shakeHands(ledger, REVISION);
          await requests(ledger, kind, true);
          await notifications(ledger, kind);
          await ledger.tool('noisy', { token: 'token-1' });
        },
      });
      enter([INSTALLED_V2, format, kind, `handler ${mode}, 2025`], result);
    });

    it('says the same bytes to a client of 2026-07-28 and is counted exactly', async () => {
      verifies('REG-01', 'LAT-01', 'THR-01');
      const folder = await placePrograms(INSTALLED_V2, format);
      const result = await httpCase({
        script: program(folder, 'v2-handler'),
        options: { arguments: [kind, mode] },
        names: namesOf(kind),
        expectation: {
          transport: 'tcp',
          protocolVersion: MODERN_REVISION,
          sessions: { active: 0, started: 0 },
          executed: [...EXECUTED, 'waits'],
        },
        converse: async (ledger, raw) => {
          const client = new ModernClient(raw);
          const modern = new Ledger(client, namesOf(kind), ledger);
          await modern.call('server/discover');
          await requests(modern, kind, true);
          await notifications(modern, kind);
          await modern.tool('noisy', { token: 'token-1' });
          // In this revision a client cancels by hanging up.
          const params = { name: 'waits', arguments: {} };
          const message = client.message('tools/call', params, 'given-up');
          const abandoned = raw.post(message, client.headers('tools/call', params));
          await modern.tool('echo', { text: 'while the other one waits' });
          raw.close();
          await abandoned;
          modern.note('tools/call', params, 'connection_closed');
        },
      });
      enter([INSTALLED_V2, format, kind, `handler ${mode}, 2026-07-28`], result);
    });
  });
});
