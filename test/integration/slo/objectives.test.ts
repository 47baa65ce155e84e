import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectiveSnapshot } from '../../../src/core/model/objective.ts';
import { InstrumentedServer, stopServers } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { verifies } from '../../support/verifies.ts';

const CALLING = fileURLToPath(new URL('../components/fixtures/calling-server.mjs', import.meta.url));
const OWN_PROVIDER = fileURLToPath(new URL('fixtures/own-provider.mjs', import.meta.url));
/** Over the 50 ms of fast tools. */
const SLOW_MS = 60;
const CALLS = 30;

async function start(script: string, argument: string, env: Record<string, string>) {
  const server = await InstrumentedServer.start(script, { arguments: [argument], env });
  const client = new StdioRpcClient(server.child);
  await initialize(client);
  await server.url();
  const call = (name: string) => client.request('tools/call', { name, arguments: {} });
  return { server, call };
}

afterAll(stopServers);

describe('objectives of a real server', () => {
  let service: Server;
  let started: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    service = createServer((_, response) => setTimeout(() => response.end('[]'), SLOW_MS)).listen(0, '127.0.0.1');
    await once(service, 'listening');
    const address = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    started = await start(CALLING, address, {
      MCP_VITALS_FAST_TOOLS: 'tracked',
      MCP_VITALS_OBJECTIVES: JSON.stringify([
        { component: 'database orders', p95: 20 },
        { component: 'http *', p95: 10_000 },
        { tool: 'tracked', stage: 'execution', p99: 5000 },
        { stage: 'validation', p95: 0.01 },
        { memory: '1MiB', cpu: 0.001 },
      ]),
    });
    for (const tool of ['tracked', 'fetch']) {
      await Promise.all(Array.from({ length: CALLS }, () => started.call(tool)));
    }
  });
  afterAll(() => {
    service.closeAllConnections();
    service.close();
  });

  const objectiveWhen = async (id: string, state: string, samples = 1) => {
    const isWanted = (objective: ObjectiveSnapshot): boolean =>
      objective.id === id && objective.state === state && objective.samples >= samples;
    const { objectives = [] } = await started.server.snapshotWhen((snapshot) =>
      (snapshot.objectives ?? []).some(isWanted),
    );
    return objectives.find(isWanted);
  };
  const metric = async (name: string, id: string): Promise<number> => {
    const lines = (await started.server.metricsText()).split('\n');
    const line = lines.find((text) => text.startsWith(`${name}{`) && text.includes(`mcp_vitals_objective="${id}"`));
    return Number(line?.split(' ').at(-1));
  };

  it('judge a component: missed by every call on the page for programs and in Prometheus', async () => {
    verifies('LAT-06');
    const id = 'component database orders p95';
    const objective = await objectiveWhen(id, 'breached', CALLS);
    expect(objective).toMatchObject({ target: 0.02, samples: CALLS, breaches: CALLS });
    expect(objective?.observed).toBeGreaterThanOrEqual(SLOW_MS / 1000 - 0.002);
    expect(await metric('mcp_vitals_objective_breaches_total', id)).toBe(CALLS);
    expect(await metric('mcp_vitals_objective_target_ratio', id)).toBeGreaterThan(1);
    expect(await metric('mcp_vitals_objective_budget_remaining_ratio', id)).toBeCloseTo(1 - 1 / 0.05, 6);
    expect(await objectiveWhen('component http * p95', 'met', CALLS)).toMatchObject({ samples: CALLS, breaches: 0 });
  });

  it('judge a stage, of one tool and of all', async () => {
    verifies('LAT-06');
    expect(await objectiveWhen('tools/call tracked stage execution p99', 'unknown', CALLS)).toMatchObject({
      target: 5,
      samples: CALLS,
      breaches: 0,
    });
    const validation = await objectiveWhen('stage validation p95', 'breached');
    expect(validation?.breaches).toBeGreaterThan(0);
    expect(await metric('mcp_vitals_objective_breaches_total', 'stage validation p95')).toBe(validation?.breaches);
  });

  it('judge tools that are marked as fast by 50 ms in their code', async () => {
    verifies('LAT-06');
    const objective = await objectiveWhen('tools/call tracked stage execution p95', 'breached', CALLS);
    expect(objective).toMatchObject({ target: 0.05, samples: CALLS });
  });

  it('judge the memory and the CPU of the process', async () => {
    verifies('LAT-06');
    const memory = await objectiveWhen('memory', 'breached');
    expect(memory?.target).toBe(2 ** 20);
    expect(memory?.observed).toBeGreaterThan(2 ** 20);
    expect(await metric('mcp_vitals_objective_target_ratio', 'memory')).toBeGreaterThan(1);
    // An average over at least ten seconds.
    const cpu = await objectiveWhen('cpu', 'breached');
    expect(cpu?.observed).toBeGreaterThan(0.001);
    expect(cpu?.budget).toBeUndefined();
  });
});

describe('the span of an operation in the provider of the application', () => {
  it('says which objective was missed, in an attribute and an event', async () => {
    verifies('LAT-06');
    const { server, call } = await start(OWN_PROVIDER, JSON.stringify({ flavour: 'trace-node' }), {
      MCP_VITALS_OBJECTIVES: JSON.stringify([{ tool: 'work', p95: 250, p99: 300 }]),
    });
    for (let done = 0; done < 10; done += 1) await call('work');
    const { result } = await call('spans');
    const { content } = result as { content: { text: string }[] };
    const spans = JSON.parse(content[0]?.text ?? '') as {
      name: string;
      attributes: Record<string, unknown>;
      events: { name: string; attributes: Record<string, unknown> }[];
    }[];
    const operations = spans.filter(({ name }) => name === 'tools/call work');
    expect(operations).toHaveLength(10);
    const missed = operations.filter(({ attributes }) => attributes['mcp_vitals.objective.breached'] !== undefined);
    expect(missed).toEqual([operations.at(-1)]);
    const ids = ['tools/call work p95', 'tools/call work p99'];
    expect(missed[0]?.attributes['mcp_vitals.objective.breached']).toEqual(ids);
    expect(missed[0]?.events.map(({ name, attributes }) => [name, attributes])).toEqual(
      ids.map((id) => ['mcp_vitals.objective.breach', { 'mcp_vitals.objective': id }]),
    );
    expect(server.stderr).toBe('');
  });
});
