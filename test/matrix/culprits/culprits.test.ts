import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import {
  CULPRIT_PHASE_SETTINGS,
  CULPRITS,
  type Culprit,
  type CulpritPhase,
  runCulpritPhase,
  searchCalmly,
} from '../../../examples/knowledge-base/demo/culprit-phase.js';
import { createMessageCounter } from '../../../examples/knowledge-base/demo/message-counter.js';
import { startMonitoredServer } from '../../../examples/knowledge-base/demo/monitored-server.js';
import { discoverEndpoint } from '../../../examples/knowledge-base/demo/status-endpoint.js';
import { verifies } from '../../support/verifies.ts';

const BUILT = fileURLToPath(new URL('../../../dist/register.js', import.meta.url));
/** Long enough for the first look at what is usual, which comes every 5 s. */
const CALM_SECONDS = 7;
const TROUBLED_SECONDS = 12;

const results: CulpritPhase[] = [];

async function findCulprit(culprit: Culprit): Promise<CulpritPhase> {
  if (!existsSync(BUILT)) throw new Error('the example runs the built package: npm run build first');
  const folder = await mkdtemp(join(tmpdir(), 'mcp-vitals-culprit-'));
  const env = {
    ...process.env,
    ...CULPRIT_PHASE_SETTINGS,
    MCP_VITALS_PORT: '0',
    MCP_VITALS_DISCOVERY_DIR: folder,
    MCP_VITALS_STATE_DIR: folder,
  };
  const server = await startMonitoredServer('stdio', env, createMessageCounter(), () => {});
  try {
    const [client] = server.clients;
    if (client === undefined) throw new Error('no client');
    const url = await discoverEndpoint(folder, server.pid);
    await searchCalmly(client, CALM_SECONDS);
    return await runCulpritPhase(client, url, culprit, TROUBLED_SECONDS);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

afterAll(() => {
  const rows = results.map(({ culprit, recommendation }) => {
    const { culprit: named = '–', share = 0, evidence = '' } = recommendation ?? {};
    return `${culprit.padEnd(11)} ${named.padEnd(20)} ${`${(share * 100).toFixed(0)} %`.padStart(5)}  ${evidence}`;
  });
  process.stderr.write(`\n${rows.join('\n')}\n`);
});

test.each(CULPRITS)(
  'the example slowed down by %s in earnest gets a recommendation that names it first',
  { timeout: 180_000 },
  async (culprit) => {
    verifies('OPT-01');
    const found = await findCulprit(culprit);
    results.push(found);

    expect(found.recommendation?.culprit).toBe(found.expected);
    expect(found.recommendation?.advice).not.toBe('');
  },
);
