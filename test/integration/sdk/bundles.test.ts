import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { transformSource } from '../../../src/mcp/loader/source-transform.ts';
import { stopServers } from '../../support/instrumented-server.ts';
import { INSTALLED_V1, INSTALLED_V2, type SdkVersion } from '../../support/sdk-versions.ts';
import { verifies } from '../../support/verifies.ts';
import { type BundleOptions, bundle } from './bundle.ts';
import { EXECUTED_OVER_PIPE, namesOf, talkOverPipe } from './conversation.ts';
import { stdioCase } from './matrix-case.ts';
import { placePrograms, program, removePrograms } from './programs.ts';
import { printTable } from './result-table.ts';

const table: (string | number)[][] = [['sdk', 'bundle', 'server', 'messages', 'bytes', 'wire', 'figures']];
const REVISION = '2025-06-18';

afterEach(stopServers);
afterAll(async () => {
  await removePrograms();
  printTable('bundled servers, Node 20', table);
});

const built: BundleOptions[] = [
  { format: 'esm', minify: true, target: 'node20' },
  { format: 'cjs', minify: true, target: 'node20' },
  { format: 'esm', minify: true, target: 'es2020' },
  { format: 'cjs', minify: true, target: 'es2020' },
  { format: 'cjs', minify: true, target: 'es2016' },
  { format: 'esm', minify: false, target: 'es2020' },
];

describe.each<SdkVersion>(['1.5.0', INSTALLED_V1, '2.0.0', INSTALLED_V2])('SDK %s in one bundle', (version) => {
  it.each(built)('has each hook once as $format, minified $minify, target $target', async (options) => {
    verifies('REG-02');
    const folder = await placePrograms(version, 'esm');
    const file = await bundle(folder, program(folder, `v${version[0]}-stdio`), options);
    const changed = transformSource(await readFile(file, 'utf8')) ?? '';
    const count = (name: string): number => changed.split(`?.${name}(this`).length - 1;
    // Protocol and McpServer are constructed; both connect, from SDK 2.3 on Server does as well.
    expect({ construct: count('construct'), receive: count('receive') }).toEqual({ construct: 2, receive: 1 });
    expect(count('connect')).toBe(version === INSTALLED_V2 ? 3 : 2);
    expect(changed.split('\n')[0]?.startsWith('#!')).toBe(options.format === 'cjs');
  });
});

describe.each<SdkVersion>([INSTALLED_V1, INSTALLED_V2])('A bundled server on SDK %s', (version) => {
  it.each(built.filter(({ minify }) => minify))(
    'says the same bytes and is counted exactly as minified $format, target $target',
    async (options) => {
      verifies('REG-01', 'REG-02', 'LAT-01', 'THR-01');
      const folder = await placePrograms(version, 'esm');
      const kind = options.target === 'node20' ? 'high' : 'low';
      const { messages, bytes } = await stdioCase({
        script: await bundle(folder, program(folder, `v${version[0]}-stdio`), options),
        options: { arguments: [kind] },
        names: namesOf(kind),
        expectation: {
          transport: 'pipe',
          protocolVersion: REVISION,
          sessions: { active: 1, started: 1 },
          executed: EXECUTED_OVER_PIPE,
        },
        converse: (ledger, client) =>
          talkOverPipe(ledger, client, { kind, protocolVersion: REVISION, structured: true }),
      });
      table.push([version, `minified ${options.format} ${options.target}`, kind, messages, bytes, 'equal', 'exact']);
    },
    120_000,
  );
});
