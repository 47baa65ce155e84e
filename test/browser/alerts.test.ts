import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { InstrumentedServer } from '../support/instrumented-server.ts';
import { verifies } from '../support/verifies.ts';
import { BUSY_SERVER, openPage } from './browser.ts';

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
