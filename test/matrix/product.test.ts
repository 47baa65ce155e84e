import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { namesOf, requests, shakeHands } from '../integration/sdk/conversation.ts';
import type { Ledger } from '../integration/sdk/ledger.ts';
import { type CaseResult, httpCase } from '../integration/sdk/matrix-case.ts';
import { placePrograms, program, removePrograms } from '../integration/sdk/programs.ts';
import { printTable } from '../integration/sdk/result-table.ts';
import { stdioSession } from '../integration/sdk/stdio-session.ts';
import { type ServerOptions, stopServers } from '../support/instrumented-server.ts';
import { NODE_MAJORS } from '../support/nodes.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { INSTALLED_V1, INSTALLED_V2 } from '../support/sdk-versions.ts';
import { verifies } from '../support/verifies.ts';
import { type Installation, installBeside, OTEL_LINES, type OtelLine } from './otel-lines.ts';
import { type Cell, cellsToRun, everyCell } from './pairwise.ts';

const AXES = {
  node: NODE_MAJORS,
  otel: OTEL_LINES,
  /** The oldest, one of the middle, the newest, and the next generation. */
  sdk: ['1.5.0', '1.17.5', INSTALLED_V1, INSTALLED_V2],
  transport: ['stdio', 'http'],
  /** Without OpenTelemetry, or with providers of its own. */
  application: ['plain', 'guest'],
} as const;

/** OpenTelemetry 3.x asks for Node 22, so npm never picks it on Node 20; SDK 1.5 has no Streamable HTTP. */
const cells = everyCell(
  AXES,
  ({ node, otel, sdk, transport }) => !(node === 20 && otel === '3.1') && !(sdk === '1.5.0' && transport === 'http'),
);

/** The kind of a span of a server as the API and as OTLP numbers it. */
const SERVER = { api: 1, otlp: 2 };
const REVISION = '2025-06-18';
const table: (string | number)[][] = [
  ['node', 'otel', 'sdk', 'transport', 'application', 'messages', 'bytes', 'wire', 'figures', 'spans'],
];

let installations: Record<OtelLine, Installation>;
let scratch: string;
let receiver: OtlpReceiver;
let ownedByGuests = 0;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'mcp-vitals-matrix-'));
  receiver = await startOtlpReceiver();
  installations = { '2.12': await installBeside('2.12'), '3.1': await installBeside('3.1') };
}, 300_000);

afterEach(stopServers);
afterAll(async () => {
  await removePrograms();
  for (const installation of Object.values(installations)) await installation.remove();
  await receiver.close();
  await rm(scratch, { recursive: true, force: true });
  printTable(
    `Node x OpenTelemetry x SDK x transport x application, ${table.length - 1} of ${cells.length} cells`,
    table,
  );
});

async function converse(cell: Cell<typeof AXES>, spansFile: string): Promise<CaseResult> {
  const { register, application } = installations[cell.otel];
  const folder = await placePrograms(cell.sdk, 'esm');
  const script = application(cell.application);
  const entry = program(folder, `v${cell.sdk[0]}-${cell.transport}`);
  const options: ServerOptions = {
    node: cell.node,
    register,
    arguments: ['high'],
    env: {
      PROGRAM: pathToFileURL(entry).href,
      SPANS: spansFile,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_SERVICE_NAME: spansFile,
      OTEL_BSP_SCHEDULE_DELAY: '20',
      MCP_VITALS_SAMPLE_RATIO: '1',
    },
  };
  const settled = ({ total }: Ledger): Promise<void> =>
    receiver.until(() => exported(spansFile).length + written(spansFile).length >= total);
  if (cell.transport === 'stdio') {
    return await stdioSession({ version: cell.sdk, format: 'esm', kind: 'high', options, script, settled });
  }
  return await httpCase({
    script,
    options,
    settled,
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
}

/** Names of the operation spans that left through our exporter. */
const exported = (service: string): string[] =>
  receiver.spans
    .filter(({ kind, resource }) => kind === SERVER.otlp && resource['service.name'] === service)
    .map(({ name }) => name);

/** Names of the operation spans that left through the application's own tracer. */
function written(file: string): string[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const spans = lines.map((line) => JSON.parse(line) as { name: string; kind: number });
  return spans.filter(({ kind }) => kind === SERVER.api).map(({ name }) => name);
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

describe("the product in somebody else's installation", () => {
  it.each(cellsToRun(cells))(
    'measures SDK $sdk over $transport in a $application application on Node $node beside OpenTelemetry $otel',
    async (cell) => {
      verifies('REG-01', 'REG-02', 'LAT-01', 'THR-01');
      const file = join(scratch, Object.values(cell).join('-'));
      const { messages, bytes, snapshot } = await converse(cell, file);

      const [own, theirs] = [exported(file), written(file)];
      const named = snapshot.operations.filter(({ target }) => target !== undefined && target !== '_OTHER');
      const expected = Object.fromEntries(named.map(({ name, count }) => [name, count]));
      // Operations from before all of the product was loaded leave through our exporter, and every one only once.
      expect([...own, ...theirs]).toHaveLength(messages);
      expect(tally([...own, ...theirs])).toMatchObject(expected);
      if (cell.application === 'guest') ownedByGuests += theirs.length;
      else expect(theirs).toEqual([]);

      const { node, otel, sdk, transport, application } = cell;
      const row = [node, otel, sdk, transport, application, messages, bytes, 'equal', 'exact'];
      table.push([...row, `${own.length} ours, ${theirs.length} theirs`]);
    },
    120_000,
  );

  it('hands operations to the tracers of guests', () => {
    verifies('NFR-05');
    expect(ownedByGuests).toBeGreaterThan(cells.length / 10);
  });
});
