import { afterAll, afterEach, expect, it } from 'vitest';
import { removePrograms } from '../integration/sdk/programs.ts';
import { printTable } from '../integration/sdk/result-table.ts';
import { stdioSession } from '../integration/sdk/stdio-session.ts';
import { stopServers } from '../support/instrumented-server.ts';
import { V1_VERSIONS, V2_VERSIONS } from '../support/sdk-versions.ts';
import { verifies } from '../support/verifies.ts';
import { cellsToRun, everyCell } from './pairwise.ts';

const AXES = { version: [...V1_VERSIONS, ...V2_VERSIONS], format: ['esm', 'cjs'], kind: ['high', 'low'] } as const;
const table: (string | number)[][] = [['sdk', 'modules', 'server', 'messages', 'bytes', 'wire', 'figures']];

afterEach(stopServers);
afterAll(async () => {
  await removePrograms();
  printTable('every SDK over stdio, Node 20', table);
});

it.each(cellsToRun(everyCell(AXES)))(
  'SDK $version over stdio as $format, $kind-level, says the same bytes and is counted exactly',
  async (cell) => {
    verifies('REG-01', 'REG-02', 'LAT-01', 'THR-01', 'THR-02');
    const { version, format, kind } = cell;
    const { messages, bytes } = await stdioSession(cell);
    expect(messages).toBeGreaterThan(20);
    table.push([version, format, kind, messages, bytes, 'equal', 'exact']);
  },
  120_000,
);
