import { afterAll, afterEach, describe, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import { INSTALLED_V1, INSTALLED_V2, type SdkVersion } from '../../support/sdk-versions.ts';
import { verifies } from '../../support/verifies.ts';
import type { ServerKind } from './conversation.ts';
import { type ModuleFormat, removePrograms } from './programs.ts';
import { printTable } from './result-table.ts';
import { stdioSession } from './stdio-session.ts';

const table: (string | number)[][] = [['sdk', 'modules', 'server', 'messages', 'bytes', 'wire', 'figures']];

afterEach(stopServers);
afterAll(async () => {
  await removePrograms();
  printTable('stdio, Node 20', table);
});

/** The oldest, one of the middle, the newest, and the next generation; `npm run test:matrix` has all of them. */
const VERSIONS: readonly SdkVersion[] = ['1.5.0', '1.17.5', INSTALLED_V1, INSTALLED_V2];

describe.each(VERSIONS)('SDK %s over stdio', (version) => {
  it.each<[ModuleFormat, ServerKind]>([
    ['esm', 'high'],
    ['cjs', 'low'],
    ['esm', 'low'],
    ['cjs', 'high'],
  ])(
    'as %s, a %s-level server says the same bytes and is counted exactly',
    async (format, kind) => {
      verifies('REG-01', 'REG-02', 'LAT-01', 'THR-01', 'THR-02');
      const { messages, bytes } = await stdioSession({ version, format, kind });
      table.push([version, format, kind, messages, bytes, 'equal', 'exact']);
    },
    120_000,
  );
});
