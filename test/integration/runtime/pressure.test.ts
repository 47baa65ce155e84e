import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../src/core/model/snapshot.ts';
import { InstrumentedServer, stopServers } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { verifies } from '../../support/verifies.ts';

const SCRIPT = fileURLToPath(new URL('fixtures/loaded.mjs', import.meta.url));
const HEAP_LIMIT_MB = 96;

let server: InstrumentedServer;
let client: StdioRpcClient;
beforeAll(async () => {
  server = await InstrumentedServer.start(SCRIPT, {
    // The limit Node tells includes the young generation.
    nodeArguments: [`--max-old-space-size=${HEAP_LIMIT_MB}`, '--max-semi-space-size=1'],
    env: { MCP_VITALS_RUNTIME_INTERVAL: '100', MCP_VITALS_CAPACITY: '4' },
  });
  client = new StdioRpcClient(server.child);
  await initialize(client);
});
afterAll(() => stopServers());

const call = (name: string, args: Record<string, unknown>) => client.request('tools/call', { name, arguments: args });

function causeOf({ pressure }: Snapshot, cause: string) {
  return pressure?.causes.find((candidate) => candidate.cause === cause) ?? { value: 0, evidence: '' };
}

/** Waits until the cause presses, and answers what it says; smoothing takes some seconds. */
async function pressing(cause: string): Promise<string> {
  const snapshot = await server.snapshotWhen((current) => causeOf(current, cause).value > 0.4);
  expect(snapshot.pressure?.value).toBeGreaterThanOrEqual(causeOf(snapshot, cause).value);
  return causeOf(snapshot, cause).evidence;
}

async function released(cause: string, below: number): Promise<void> {
  await server.snapshotWhen((current) => causeOf(current, cause).value < below);
}

describe('the pressure of a real server', () => {
  it('rises with an event loop that is stalled, by its delay, by its utilisation and by the wait in the queue', async () => {
    verifies('THR-03');
    let stalling = true;
    const stalls = (async () => {
      while (stalling) await Promise.all([call('block', { ms: 150 }), call('block', { ms: 150 })]);
    })();
    expect(await pressing('event_loop_delay')).toMatch(/^the event loop is late by \d+ ms at P99/);
    expect(await pressing('event_loop_utilization')).toMatch(/^the event loop is busy \d+ % of the time/);
    expect(await pressing('queue_wait')).toMatch(/^requests wait \d+ ms on average/);
    stalling = false;
    await stalls;
    // Not down to nothing: the machine may be busy with other work, and then the loop is late.
    await released('event_loop_delay', 0.8);
  });

  it('rises with answers that the client does not read, and falls when it reads them', async () => {
    verifies('THR-03');
    server.child.stdout?.pause();
    const answers = Promise.all(Array.from({ length: 8 }, () => call('answer', { characters: 1_000_000 })));
    expect(await pressing('transport_backlog')).toMatch(/^\d+\.\d MiB wait for clients that do not read/);
    server.child.stdout?.resume();
    await answers;
    await released('transport_backlog', 0.4);
  });

  it('rises with requests in flight against the declared capacity', async () => {
    verifies('THR-03');
    // New ones as the old ones end: the four stay in flight however slowly the snapshots come.
    let waiting = true;
    const waits = Array.from({ length: 4 }, async () => {
      while (waiting) await call('wait', { ms: 1000 });
    });
    const all = '4 requests are in flight, 100 % of the declared capacity of 4';
    const isPressing = (current: Snapshot): boolean =>
      causeOf(current, 'concurrency').value > 0.4 && causeOf(current, 'concurrency').evidence === all;
    await server.snapshotWhen(isPressing);
    waiting = false;
    await Promise.all(waits);
  });

  it('rises with a heap that nears its limit', async () => {
    verifies('THR-03');
    const limitBytes = (await server.snapshot()).process?.heapLimitBytes ?? Number.NaN;
    expect(limitBytes).toBeLessThan(2 * HEAP_LIMIT_MB * 1024 ** 2);
    // Little by little: what is in use before contains an unknown share of garbage.
    const used = async (): Promise<number> => (await server.snapshot()).process?.heapUsedBytes ?? Number.NaN;
    while ((await used()) < 0.82 * limitBytes) {
      await call('hold', { megabytes: 3 });
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(await pressing('memory_heap')).toMatch(/^the JavaScript heap uses \d+ % of its limit/);
  });

  it('is on /metrics: the one figure, and one per cause', async () => {
    verifies('THR-03');
    const text = await server.metricsText();
    expect(text).toMatch(/^mcp_vitals_pressure_ratio(?:\{[^}]*\})? [01](?:\.\d+)?/m);
    for (const cause of ['event_loop_delay', 'queue_wait', 'concurrency', 'memory_heap', 'transport_backlog']) {
      expect(text).toMatch(new RegExp(`^mcp_vitals_pressure_causes_ratio\\{[^}]*"${cause}"`, 'm'));
    }
  });
});
