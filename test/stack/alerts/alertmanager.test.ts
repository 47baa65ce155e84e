import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { startJsonReceiver } from '../../integration/alerts/json-receiver.ts';
import { InstrumentedServer, stopServers } from '../../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../../support/json-rpc-client.ts';
import { verifies } from '../../support/verifies.ts';
import { startAlertmanager } from './alertmanager.ts';

const SCRIPT = fileURLToPath(new URL('../../integration/runtime/fixtures/loaded.mjs', import.meta.url));

afterAll(() => stopServers());

describe('an unmodified server whose own metric is beyond a rule', () => {
  it('has an alert in a real Alertmanager, then its resolution, while another channel is dead', async () => {
    verifies('ALR-05', 'ALR-03');
    await using receiver = await startJsonReceiver();
    await using alertmanager = await startAlertmanager(receiver.url);
    const rule = {
      name: 'orders-high',
      metric: 'shop.orders',
      by: ['kind'],
      aggregate: 'increase',
      operator: '>',
      threshold: 2,
      window: 3000,
      severity: 'critical',
      message: 'too many orders of {kind}',
    };
    const channels = [
      { type: 'alertmanager', url: alertmanager.url },
      { type: 'webhook', url: 'http://127.0.0.1:9/' },
    ];
    const server = await InstrumentedServer.start(SCRIPT, {
      env: { MCP_VITALS_RULES: JSON.stringify([rule]), MCP_VITALS_CHANNELS: JSON.stringify(channels) },
    });
    const client = new StdioRpcClient(server.child);
    await initialize(client);
    await server.url();
    // The first collection says where growth starts from.
    await server.snapshotWhen(({ alerts }) => alerts !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (let call = 0; call < 2; call += 1) await client.request('tools/call', { name: 'record', arguments: {} });

    const find = async () => (await alertmanager.alerts()).find(({ labels }) => labels['alertname'] === 'orders-high');
    await expect.poll(find, { timeout: 10_000 }).toMatchObject({
      labels: { severity: 'critical', category: 'resource', kind: 'book' },
      annotations: { summary: 'too many orders of book', threshold: '2' },
      status: { state: 'active' },
    });
    await expect.poll(find, { timeout: 15_000 }).toBeUndefined();
    const resolved = () =>
      receiver.posts.some(({ body }) => (JSON.parse(body) as { status: string }).status === 'resolved');
    await expect.poll(resolved, { timeout: 10_000 }).toBe(true);
    const { alerts } = await server.snapshot();
    expect(alerts?.history).toMatchObject([{ rule: 'orders-high', state: 'resolved', attributes: { kind: 'book' } }]);
    expect(server.stderr).not.toContain('could not be evaluated');
  });
});
