import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { call } from '../../support/guest-apps.ts';
import { InstrumentedServer, stopServers } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { packagesFolder } from '../../support/packages-folder.ts';
import { LINE_3 } from './line-3.ts';

const FIXTURE = fileURLToPath(new URL('fixtures/guest-metrics.mjs', import.meta.url));
const RULES = [
  { name: 'orders', metric: 'shop.orders', by: ['kind'], aggregate: 'increase', operator: '>', threshold: 2 },
  { name: 'stock', metric: 'shop_stock', operator: '<', threshold: 10 },
  { name: 'basket', metric: 'shop.basket', aggregate: 'quantile', quantile: 0.9, operator: '>', threshold: 50 },
  { name: 'calls', metric: 'mcp.server.operation.duration', aggregate: 'increase', operator: '>', threshold: 0 },
];

const scratch: string[] = [];
afterEach(async () => {
  await stopServers();
  await Promise.all(scratch.splice(0).map((path) => rm(path, { recursive: true, force: true })));
});

describe('rules over the metrics of an application with a MeterProvider of its own', () => {
  it.each([
    ['2.x', []],
    ['3.x', LINE_3],
  ])('of OpenTelemetry %s see what VitalsMetricReader shows them', async (line, packages) => {
    const folder = await mkdtemp(join(await packagesFolder(`OpenTelemetry ${line}`, packages), 'run-'));
    scratch.push(folder);
    await cp(FIXTURE, join(folder, 'main.mjs'));
    const server = await InstrumentedServer.start(join(folder, 'main.mjs'), {
      env: {
        MCP_VITALS_OTEL: 'guest',
        MCP_VITALS_RULES: JSON.stringify(RULES),
        MCP_VITALS_CHANNELS: '[]',
        VITALS_ALERTS: new URL('../../../dist/alerts/index.js', import.meta.url).href,
      },
    });
    const client = new StdioRpcClient(server.child);
    await initialize(client);
    await server.url();
    await server.snapshotWhen(({ alerts }) => alerts?.active.some(({ rule }) => rule === 'stock') ?? false);
    await call(client, 'order');
    const wanted = ['basket', 'calls', 'orders', 'stock'];
    const { alerts } = await server.snapshotWhen(({ alerts: now }) =>
      wanted.every((name) => now?.active.some(({ rule }) => rule === name)),
    );
    const own = alerts?.active.filter(({ rule }) => wanted.includes(rule)) ?? [];
    // What was recorded before the first look is no growth.
    expect(own.filter(({ rule }) => rule === 'orders')).toMatchObject([{ value: 3, attributes: { kind: 'book' } }]);
    expect(own.find(({ rule }) => rule === 'stock')?.value).toBe(7);
    const p90 = own.find(({ rule }) => rule === 'basket')?.value ?? 0;
    expect(p90).toBeGreaterThan(80);
    expect(p90).toBeLessThan(100);
    expect(server.stderr).toBe('');
  });
});
