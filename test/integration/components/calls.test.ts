import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComponentSnapshot } from '../../../src/core/model/component.ts';
import type { OperationSnapshot } from '../../../src/core/model/snapshot.ts';
import { InstrumentedServer, stopServers } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { verifies } from '../../support/verifies.ts';

const SCRIPT = fileURLToPath(new URL('fixtures/calling-server.mjs', import.meta.url));
const SLOW_MS = 40;

let service: Server;
let address: string;

beforeAll(async () => {
  service = createServer((request, response) => {
    if (request.url === '/hanging') return;
    if (request.url === '/broken') request.destroy();
    else if (request.url === '/missing') response.writeHead(404).end('none');
    else setTimeout(() => response.end('[]'), SLOW_MS);
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  address = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await stopServers();
  service.closeAllConnections();
  service.close();
});

/** A server that has started measuring: what it answers first comes before the rest of the product is loaded. */
async function startServer(env: Record<string, string> = {}): Promise<{
  server: InstrumentedServer;
  client: StdioRpcClient;
  call: (tool: string) => Promise<OperationSnapshot>;
}> {
  const server = await InstrumentedServer.start(SCRIPT, { arguments: [address], env });
  const client = new StdioRpcClient(server.child);
  await initialize(client);
  await client.request('tools/call', { name: 'nothing' });
  await server.url();
  const call = async (tool: string): Promise<OperationSnapshot> => {
    await client.request('tools/call', { name: tool });
    return await operationOf(server, tool);
  };
  return { server, client, call };
}

async function operationOf(server: InstrumentedServer, tool: string): Promise<OperationSnapshot> {
  const find = (operations: readonly OperationSnapshot[]): OperationSnapshot | undefined =>
    operations.find(({ target, count }) => target === tool && count > 0);
  const { operations } = await server.snapshotWhen((snapshot) => find(snapshot.operations) !== undefined);
  return find(operations) as OperationSnapshot;
}

function only({ components = [] }: OperationSnapshot): ComponentSnapshot {
  expect(components).toHaveLength(1);
  return components[0] as ComponentSnapshot;
}

function executionOf({ stages }: OperationSnapshot): number {
  return stages.find(({ stage }) => stage === 'execution')?.totalSeconds ?? 0;
}

const ONE_HTTP_CALL = { kind: 'http', name: '127.0.0.1', operations: 1, calls: 1, errors: 0 };

describe.each([
  ['channels only', {}],
  ['channels, and spans of our provider that are not exported', { TRACES: 'own' }],
  ['channels, and spans of the provider of the application', { TRACES: 'guest', MCP_VITALS_OTEL: 'guest' }],
])('calls of a real server, seen by %s', (_name, env) => {
  verifies('LAT-04');
  let started: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    started = await startServer(env);
  });

  it('fetch and the http client: the time of the call is the time of the component', async () => {
    for (const tool of ['fetch', 'http']) {
      const operation = await started.call(tool);
      expect(only(operation)).toMatchObject(ONE_HTTP_CALL);
      const { totalSeconds } = only(operation);
      expect(totalSeconds).toBeGreaterThan((SLOW_MS - 5) / 1000);
      expect(totalSeconds).toBeLessThanOrEqual(executionOf(operation));
      expect(operation.componentSeconds).toBeCloseTo(totalSeconds, 9);
    }
  });

  it('parallel queries: three calls at once take the time of one', async () => {
    const operation = await started.call('parallel');
    const { calls, totalSeconds } = only(operation);
    expect(calls).toBe(3);
    expect(totalSeconds).toBeLessThanOrEqual(executionOf(operation));
  });

  it('an OpenAI-compatible embedding service is known by its path', async () => {
    expect(only(await started.call('embedding'))).toMatchObject({ ...ONE_HTTP_CALL, kind: 'embedding' });
  });

  it('answers of failure and broken connections are errors', async () => {
    for (const tool of ['failing', 'broken']) {
      expect(only(await started.call(tool))).toMatchObject({ ...ONE_HTTP_CALL, errors: 1 });
    }
  });

  it('a span of a database client under the operation is a call, also where the operation is not sampled', async () => {
    const operation = await started.call('spanned');
    expect(only(operation)).toMatchObject({ ...ONE_HTTP_CALL, kind: 'database', name: 'postgresql/shop' });
    expect(operation.componentSeconds).toBeLessThanOrEqual(executionOf(operation));
  });

  it('a call of a cancelled operation counts up to its end, and is no error of the component', async () => {
    const { server, client } = started;
    const answer = client.request('tools/call', { name: 'hanging' }, 'cancel-me').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.notify('notifications/cancelled', { requestId: 'cancel-me' });
    const operation = await operationOf(server, 'hanging');
    expect(operation.errorTypes).toHaveProperty('cancelled');
    expect(only(operation)).toMatchObject(ONE_HTTP_CALL);
    await Promise.race([answer, Promise.resolve()]);
  });

  it('double reporting: what a tracked call does inside is that call', async () => {
    expect(only(await started.call('tracked'))).toMatchObject({ ...ONE_HTTP_CALL, kind: 'database', name: 'orders' });
  });

  it('a stage shows its time beside that of the components in it', async () => {
    const operation = await started.call('staged');
    const { components = [], componentSeconds = 0 } = operation;
    expect(components.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['custom retrieve', 'http 127.0.0.1']);
    expect(componentSeconds).toBeCloseTo(components[0]?.totalSeconds ?? 0, 9);
    expect(componentSeconds).toBeLessThanOrEqual(executionOf(operation));
  });

  it('an operation that calls nothing has no components, and the metric says which tool called what', async () => {
    expect(await operationOf(started.server, 'nothing')).not.toHaveProperty('components');
    const text = await started.server.metricsText();
    const lines = text.split('\n').filter((line) => line.startsWith('mcp_vitals_component_duration_seconds_count'));
    expect(lines.find((line) => line.includes('gen_ai_tool_name="tracked"'))).toMatch(
      /mcp_vitals_component="database".*mcp_vitals_component_name="orders".* 1$/,
    );
    expect(text).not.toMatch(/component_duration.*gen_ai_tool_name="nothing"/);
  });
});

describe('timing in the code of a server that is not measured', () => {
  verifies('LAT-09');

  it('calls through', async () => {
    const server = await InstrumentedServer.start(SCRIPT, { arguments: [address], instrumented: false });
    const client = new StdioRpcClient(server.child);
    await initialize(client);
    for (const name of ['tracked', 'staged']) {
      const { result } = await client.request('tools/call', { name });
      expect(result).toEqual({ content: [{ type: 'text', text: 'done' }] });
    }
    expect(server.stderr).toBe('');
  });
});
