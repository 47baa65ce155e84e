import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperationSnapshot, Snapshot } from '../../../src/core/model/snapshot.ts';
import { InstrumentedServer, stopServers } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { type MariaDb, startMariaDb } from '../../support/mariadb.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { type Redis, startRedis } from '../../support/redis.ts';
import { verifies } from '../../support/verifies.ts';

const SCRIPT = fileURLToPath(new URL('fixtures/calling-services.mjs', import.meta.url));
const SLOW_MS = 20;

let unavailable: Error | undefined;
let postgres: Postgres | undefined;
let redis: Redis | undefined;
let mysql: MariaDb | undefined;
let service: Server;
let receiver: OtlpReceiver;
let where: string;

beforeAll(async () => {
  try {
    [postgres, redis, mysql] = [await startPostgres(), await startRedis(), await startMariaDb()];
  } catch (error) {
    if (process.env['CI'] === 'true') throw error;
    unavailable = error as Error;
    process.stderr.write(`NOT TESTED: OpenTelemetry's instrumentations of clients: ${unavailable.message}\n`);
    return;
  }
  service = createServer((request, response) => {
    if (request.url === '/missing') response.writeHead(404).end('none');
    else setTimeout(() => response.end('[]'), SLOW_MS);
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  receiver = await startOtlpReceiver();
  where = JSON.stringify({
    postgres: postgres.connection,
    redisPort: redis.port,
    mysql: mysql.connection,
    service: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
  });
});
afterAll(async () => {
  await stopServers();
  service?.closeAllConnections();
  service?.close();
  await Promise.all([postgres?.stop(), redis?.kill(), mysql?.stop(), receiver?.close()]);
});

interface Started {
  readonly server: InstrumentedServer;
  readonly client: StdioRpcClient;
  call(tool: string): Promise<OperationSnapshot>;
}

async function start(given: Record<string, string>): Promise<Started> {
  const env = { ...given, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, MCP_VITALS_SAMPLE_RATIO: '1' };
  const server = await InstrumentedServer.start(SCRIPT, { arguments: [where], env });
  const client = new StdioRpcClient(server.child);
  await initialize(client);
  await client.request('tools/call', { name: 'nothing' });
  await server.url();
  await client.request('tools/call', { name: 'connect' });
  const call = async (tool: string): Promise<OperationSnapshot> => {
    await client.request('tools/call', { name: tool });
    return operationOf(await server.snapshot(), tool);
  };
  return { server, client, call };
}

function operationOf({ operations }: Snapshot, tool: string): OperationSnapshot {
  return operations.find(({ target }) => target === tool) as OperationSnapshot;
}

/** As `kind name: calls/errors`. */
function componentsOf({ components = [] }: OperationSnapshot): string[] {
  return components.map(({ kind, name, calls, errors }) => `${kind} ${name}: ${calls}/${errors}`).sort();
}

function executionOf({ stages }: OperationSnapshot): number {
  return stages.find(({ stage }) => stage === 'execution')?.totalSeconds ?? 0;
}

const PG = 'database postgresql/postgres';
const MYSQL = 'database mysql/shop';

/** What every tool has to say of itself, whoever looks at the calls. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  pg_query: [`${PG}: 1/0`],
  pg_callback: [`${PG}: 1/0`],
  pg_client: [`${PG}: 2/0`],
  pg_parallel: [`${PG}: 4/0`],
  pg_failing: [`${PG}: 1/1`],
  ioredis_offline: ['cache redis: 1/0'],
  ioredis: ['cache redis: 3/0'],
  ioredis_pipeline: ['cache redis: 2/0'],
  ioredis_multi: ['cache redis: 4/0'],
  ioredis_failing: ['cache redis: 1/1'],
  redis: ['cache redis: 3/0'],
  redis_multi: ['cache redis: 2/0'],
  redis_failing: ['cache redis: 1/1'],
  mysql_query: [`${MYSQL}: 1/0`],
  mysql_execute: [`${MYSQL}: 1/0`],
  mysql_failing: [`${MYSQL}: 1/1`],
  http: ['http 127.0.0.1: 1/0'],
  http_failing: ['http 127.0.0.1: 1/1'],
  fetch: ['http 127.0.0.1: 1/0'],
  mixed: ['cache redis: 1/0', `${PG}: 1/0`, 'http 127.0.0.1: 1/0'],
};
/** Tools whose component answers after this long, at least. */
const SLOW = ['pg_query', 'pg_callback', 'pg_client', 'mysql_query', 'http', 'fetch', 'mixed'];

/** One span that the instrumentation of each client writes directly below the span of a tool. */
const CHILD_SPANS = {
  pg_client: 'pg.query:SELECT postgres',
  ioredis: 'get',
  redis: 'redis-GET',
  mysql_query: 'SELECT',
  http: 'GET',
  fetch: 'GET',
};

/** Names of the spans directly below those of tools, as they were exported. */
async function spansOf({ client }: Started, env: Record<string, string>): Promise<Record<string, string[]>> {
  interface Exported {
    readonly name: string;
    readonly spanId: string;
    readonly parentSpanId?: string;
  }
  let spans: readonly Exported[];
  if (env['TRACES'] === 'guest') {
    const { result } = await client.request('tools/call', { name: 'report' });
    spans = JSON.parse((result as { content: [{ text: string }] }).content[0].text);
  } else {
    await receiver.until(() => receiver.spans.some(({ name }) => name === 'tools/call pg_waiting_3'));
    spans = receiver.spans.splice(0);
  }
  const tools = new Map(spans.map(({ name, spanId }) => [spanId, /^tools\/call (.*)/.exec(name)?.[1]]));
  const children: Record<string, string[]> = {};
  for (const { name, parentSpanId } of spans) {
    const tool = parentSpanId === undefined ? undefined : tools.get(parentSpanId);
    if (tool !== undefined) children[tool] = [...(children[tool] ?? []), name];
  }
  return children;
}

const MODES: readonly (readonly [string, Record<string, string>])[] = [
  ['no instrumentation', { TRACES: 'none' }],
  ['instrumentations of required clients, provider ours', { TRACES: 'own' }],
  ['instrumentations of imported clients, provider ours', { TRACES: 'own', LOAD: 'import' }],
  ['instrumentations, provider of the application', { TRACES: 'guest' }],
];

describe.each(MODES)('calls of real databases and services, %s', (_name, env) => {
  verifies('LAT-04');
  let started: Started;
  beforeAll(async () => {
    if (unavailable === undefined) started = await start(env);
  });

  it('belong to the component they are made to, once each, within the execution of the tool', async (context) => {
    if (unavailable !== undefined) return context.skip(unavailable.message);
    const seen: Record<string, string[]> = {};
    for (const tool of Object.keys(EXPECTED)) {
      const operation = await started.call(tool);
      seen[tool] = componentsOf(operation);
      const { componentSeconds = 0 } = operation;
      expect(componentSeconds, tool).toBeLessThanOrEqual(executionOf(operation));
      if (SLOW.includes(tool)) expect(componentSeconds, tool).toBeGreaterThan((SLOW_MS - 2) / 1000);
    }
    expect(seen).toEqual(EXPECTED);
  });

  it('that wait for one connection belong to the tool that asked, waiting included, not to the one that gave it back', async (context) => {
    if (unavailable !== undefined) return context.skip(unavailable.message);
    const tools = ['pg_waiting_1', 'pg_waiting_2', 'pg_waiting_3'];
    await Promise.all(['pg_holding', ...tools].map((name) => started.client.request('tools/call', { name })));
    const snapshot = await started.server.snapshot();
    for (const [index, tool] of tools.entries()) {
      const operation = operationOf(snapshot, tool);
      expect(componentsOf(operation), tool).toEqual([`${PG}: 1/0`]);
      expect(operation.componentSeconds, tool).toBeGreaterThan(((index + 1) * SLOW_MS - 2) / 1000);
      expect(operation.componentSeconds, tool).toBeLessThanOrEqual(executionOf(operation));
    }
  });

  it('by a connection that is made for them count without its handshake', async (context) => {
    if (unavailable !== undefined) return context.skip(unavailable.message);
    expect(componentsOf(operationOf(await started.server.snapshot(), 'connect'))).toEqual([
      'cache redis: 0/0',
      `${MYSQL}: 2/0`,
      `${PG}: 3/0`,
    ]);
  });

  it('are spans below that of the tool, exported with it', async (context) => {
    if (unavailable !== undefined) return context.skip(unavailable.message);
    const byName = await spansOf(started, env);
    if (env['TRACES'] === 'none') return expect(byName).toEqual({});
    for (const [tool, name] of Object.entries(CHILD_SPANS)) expect(byName[tool], tool).toContain(name);
  });

  it('are the same figures of pools, databases and caches as with nobody else looking', async (context) => {
    if (unavailable !== undefined) return context.skip(unavailable.message);
    const { pools, databases, caches } = await started.server.snapshot();
    const port = (name: string) => name.replace(/:\d+/, '');
    expect({
      pools: pools?.map(({ name, used, pending, errors, timeouts, max }) => [
        port(name),
        used,
        pending,
        errors,
        timeouts,
        max,
      ]),
      databases: databases?.map(({ name, queries }) => [
        port(name),
        queries.map(({ operation, count, errors }) => `${operation} ${count}/${errors}`),
      ]),
      caches: caches?.map(({ name, hits, misses, failures }) => [port(name), hits, misses, failures]),
    }).toEqual({
      pools: [
        ['127.0.0.1/postgres', 0, 0, 0, 0, 3],
        ['127.0.0.1/shop', 0, 0, 0, 0, 2],
      ],
      databases: [
        ['127.0.0.1/postgres', ['SELECT 16/1']],
        ['127.0.0.1/shop', ['SELECT 5/1']],
      ],
      caches: [['redis 127.0.0.1/0', 5, 3, 0]],
    });
  });
});
