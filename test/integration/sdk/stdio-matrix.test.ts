import { afterAll, afterEach, describe, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import { type SdkVersion, V1_VERSIONS, V2_VERSIONS } from '../../support/sdk-versions.ts';
import { verifies } from '../../support/verifies.ts';
import { EXECUTED_OVER_PIPE, namesOf, type ServerKind, talkOverPipe } from './conversation.ts';
import { stdioCase } from './matrix-case.ts';
import { type ModuleFormat, placePrograms, program, removePrograms } from './programs.ts';
import { printTable } from './result-table.ts';

const table: (string | number)[][] = [['sdk', 'modules', 'server', 'messages', 'bytes', 'wire', 'figures']];

afterEach(stopServers);
afterAll(async () => {
  await removePrograms();
  printTable('stdio, Node 20', table);
});

const BEFORE_STRUCTURED_TOOLS: readonly SdkVersion[] = ['1.5.0', '1.8.0', '1.10.2'];
const hasStructuredTools = (version: SdkVersion): boolean => !BEFORE_STRUCTURED_TOOLS.includes(version);
/** A revision of its time, so that every version under test agrees to what is asked. */
const revisionOf = (version: SdkVersion): string => (hasStructuredTools(version) ? '2025-06-18' : '2024-11-05');

describe.each([...V1_VERSIONS, ...V2_VERSIONS])('SDK %s over stdio', (version) => {
  describe.each<ModuleFormat>(['esm', 'cjs'])('as %s', (format) => {
    it.each<ServerKind>(['high', 'low'])(
      'a %s-level server says the same bytes and is counted exactly',
      async (kind) => {
        verifies('REG-01', 'REG-02', 'LAT-01', 'THR-01', 'THR-02');
        const folder = await placePrograms(version, format);
        const structured = hasStructuredTools(version);
        const protocolVersion = revisionOf(version);
        const { messages, bytes } = await stdioCase({
          script: program(folder, `v${version[0]}-stdio`),
          options: { arguments: [kind] },
          names: namesOf(kind),
          expectation: {
            transport: 'pipe',
            protocolVersion,
            sessions: { active: 1, started: 1 },
            executed: EXECUTED_OVER_PIPE,
          },
          converse: (ledger, client) => talkOverPipe(ledger, client, { kind, protocolVersion, structured }),
        });
        table.push([version, format, kind, messages, bytes, 'equal', 'exact']);
      },
      120_000,
    );
  });
});
