import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { InstrumentedServer } from '../support/instrumented-server.ts';
import { initialize, StdioRpcClient } from '../support/json-rpc-client.ts';
import { verifies } from '../support/verifies.ts';
import { BUSY_SERVER, openPage } from './browser.ts';

const OWN_METRICS = fileURLToPath(new URL('../integration/runtime/fixtures/loaded.mjs', import.meta.url));

it('an alert is shown when it fires, silenced from the page, and shown as resolved when it is over', async () => {
  verifies('DSH-01');
  const server = await InstrumentedServer.start(BUSY_SERVER, {
    arguments: ['5', '40'],
    env: { MCP_VITALS_CONFIG: fileURLToPath(new URL('./fixtures/alerting.json', import.meta.url)) },
  });
  try {
    const { page, complaints } = await openPage(await server.url());
    const alerts = page.getByRole('region', { name: 'Alerts' });
    // Default rules may fire besides on a busy machine.
    const mine = alerts.locator(':scope > ul > li', { hasText: 'searches-many' });
    await mine.getByText('critical', { exact: true }).waitFor({ timeout: 20_000 });
    expect(await mine.locator('.message').textContent()).toMatch(/^\d+ searches within 4 s, more than 5$/);
    const tile = page.locator('.tile', { has: page.getByText('Alerts', { exact: true }) });
    await expect.poll(() => tile.getAttribute('data-level')).toBe('bad');
    await mine.getByRole('button', { name: 'Silence 1 h' }).click();
    await mine.getByText(/silenced until \d\d:\d\d/).waitFor();
    await mine.getByRole('button', { name: 'End silence' }).click();
    await mine.getByRole('button', { name: 'Silence 1 h' }).waitFor();
    server.child.stdin?.write('idle\n');
    await expect.poll(() => mine.count(), { timeout: 20_000 }).toBe(0);
    await alerts.getByText(/^Resolved within the last hour: \d+$/).click();
    await alerts.locator('details li', { hasText: 'searches-many' }).getByText('resolved', { exact: true }).waitFor();
    expect(complaints).toEqual([]);
  } finally {
    await server.stop();
  }
});

it("a metric of the application's own is in an alert, takes points off the health, and stands on the page with its figure", async () => {
  verifies('RES-05');
  const rule = {
    name: 'stock-low',
    metric: 'shop.stock',
    by: ['shelf'],
    operator: '<',
    threshold: 10,
    message: 'shelf {shelf}: {value} books left, fewer than {threshold}',
    advice: 'Order some more.',
  };
  const server = await InstrumentedServer.start(OWN_METRICS, {
    env: { MCP_VITALS_RULES: JSON.stringify([rule]), MCP_VITALS_HEALTH_WEIGHTS: 'rule stock-low=25' },
  });
  try {
    const client = new StdioRpcClient(server.child);
    await initialize(client);
    await client.request('tools/call', { name: 'record', arguments: {} });
    expect(await server.metricsText()).toMatch(/^shop_stock\{[^}]*shelf="a"[^}]*\} 7$/m);
    const { page } = await openPage(await server.url());
    const mine = page.getByRole('region', { name: 'Alerts' }).locator(':scope > ul > li', { hasText: 'stock-low' });
    await mine.waitFor({ timeout: 20_000 });
    expect(await mine.locator('.message').textContent()).toBe('shelf a: 7 books left, fewer than 10');
    const health = page.getByRole('region', { name: 'Health and advice' });
    const issue = health.locator('li', { hasText: 'rule stock-low' }).first();
    await issue.locator('h3', { hasText: '−25' }).waitFor({ timeout: 20_000 });
    expect(await issue.textContent()).toContain('shelf a: 7 books left');
    expect(await issue.textContent()).toContain('Order some more.');
  } finally {
    await server.stop();
  }
});
