import { afterAll, afterEach, describe, it } from 'vitest';
import { bundle } from '../integration/sdk/bundle.ts';
import {
  EXECUTED_OVER_PIPE,
  namesOf,
  requests,
  type ServerKind,
  shakeHands,
  talkOverPipe,
} from '../integration/sdk/conversation.ts';
import { httpCase, stdioCase } from '../integration/sdk/matrix-case.ts';
import { type ModuleFormat, placePrograms, program, removePrograms } from '../integration/sdk/programs.ts';
import { printTable } from '../integration/sdk/result-table.ts';
import { stopServers } from '../support/instrumented-server.ts';
import type { NodeMajor } from '../support/nodes.ts';
import { INSTALLED_V1, INSTALLED_V2, type SdkVersion } from '../support/sdk-versions.ts';
import { verifies } from '../support/verifies.ts';

const table: (string | number)[][] = [['node', 'sdk', 'program', 'server', 'messages', 'bytes', 'wire', 'figures']];
const REVISION = '2025-06-18';

afterEach(stopServers);
afterAll(async () => {
  await removePrograms();
  printTable('Node 22 and 24', table);
});

interface Run {
  readonly version: SdkVersion;
  readonly format: ModuleFormat;
  readonly kind: ServerKind;
  readonly bundled: boolean;
}

const runs: Run[] = [
  { version: '1.8.0', format: 'esm', kind: 'high', bundled: false },
  { version: INSTALLED_V1, format: 'esm', kind: 'high', bundled: false },
  { version: INSTALLED_V1, format: 'cjs', kind: 'low', bundled: false },
  { version: INSTALLED_V1, format: 'cjs', kind: 'high', bundled: true },
  { version: INSTALLED_V2, format: 'esm', kind: 'low', bundled: false },
  { version: INSTALLED_V2, format: 'cjs', kind: 'high', bundled: false },
  { version: INSTALLED_V2, format: 'esm', kind: 'high', bundled: true },
];

describe.each<NodeMajor>([22, 24])('On Node %s', (node) => {
  it.each(runs)(
    'SDK $version ($format, $kind-level, bundled $bundled) says the same bytes over stdio and is counted exactly',
    async (run) => {
      verifies('REG-01', 'REG-02', 'LAT-01', 'THR-01', 'THR-02');
      const { version, format, kind, bundled } = run;
      const structured = version !== '1.8.0';
      const protocolVersion = structured ? REVISION : '2024-11-05';
      const folder = await placePrograms(version, bundled ? 'esm' : format);
      const entry = program(folder, `v${version[0]}-stdio`);
      const { messages, bytes } = await stdioCase({
        script: bundled ? await bundle(folder, entry, { format, minify: true, target: 'node20' }) : entry,
        options: { node, arguments: [kind] },
        names: namesOf(kind),
        expectation: {
          transport: 'pipe',
          protocolVersion,
          sessions: { active: 1, started: 1 },
          executed: EXECUTED_OVER_PIPE,
        },
        converse: (ledger, client) => talkOverPipe(ledger, client, { kind, protocolVersion, structured }),
      });
      table.push([node, version, `${bundled ? 'bundled ' : ''}${format}`, kind, messages, bytes, 'equal', 'exact']);
    },
    300_000,
  );

  it.each<SdkVersion>([INSTALLED_V1, INSTALLED_V2])(
    'SDK %s says the same bytes over HTTP and is counted exactly',
    async (version) => {
      verifies('REG-01', 'REG-02', 'LAT-01', 'THR-01', 'THR-02');
      const folder = await placePrograms(version, 'esm');
      const { messages, bytes } = await httpCase({
        script: program(folder, `v${version[0]}-http`),
        options: { node, arguments: ['high'] },
        names: namesOf('high'),
        expectation: {
          transport: 'tcp',
          protocolVersion: REVISION,
          sessions: { active: 0, started: 1 },
          executed: ['echo', 'fails', 'noisy'],
        },
        converse: async (ledger, client) => {
          await shakeHands(ledger, REVISION);
          await requests(ledger, 'high', true);
          await ledger.tool('noisy', { token: 'token-1' });
          await client.delete();
        },
      });
      table.push([node, version, 'esm, HTTP', 'high', messages, bytes, 'equal', 'exact']);
    },
    300_000,
  );
});
