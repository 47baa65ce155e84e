import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { InstrumentedServer, stopServers } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';

const SCRIPT = fileURLToPath(new URL('fixtures/loaded.mjs', import.meta.url));

afterAll(() => stopServers());

describe("the application's own metrics, recorded through the ordinary API of OpenTelemetry", () => {
  it('appear on /metrics of a server started with --import: counter, histogram and observable gauge', async () => {
    const server = await InstrumentedServer.start(SCRIPT);
    const client = new StdioRpcClient(server.child);
    await initialize(client);
    await server.url();
    for (let call = 0; call < 2; call += 1) await client.request('tools/call', { name: 'record', arguments: {} });
    const text = await server.metricsText();
    expect(text).toMatch(/^shop_orders_total\{[^}]*kind="book"[^}]*\} 6$/m);
    expect(text).toMatch(/^shop_basket_value_EUR_bucket\{[^}]*le="100(?:\.0)?"[^}]*\} 2$/m);
    expect(text).toMatch(/^shop_stock\{[^}]*shelf="a"[^}]*\} 7$/m);
  });
});
