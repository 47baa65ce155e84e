import { expect, it } from 'vitest';
import { InstrumentedServer } from '../support/instrumented-server.ts';
import { verifies } from '../support/verifies.ts';
import { BUSY_SERVER, openPage } from './browser.ts';

it('a tool that begins to fail is seen in the tile, the chart and the advice of the health, with its reason', async () => {
  verifies('DSH-01');
  const server = await InstrumentedServer.start(BUSY_SERVER, { arguments: ['5', '60'] });
  try {
    const { page, complaints } = await openPage(await server.url());
    const tile = page.locator('.tile', { has: page.getByText('Health', { exact: true }) });
    const score = async (): Promise<number> => Number(await tile.locator('.value').textContent());
    await tile.waitFor();
    const advice = page.getByRole('region', { name: 'Health and advice' });
    const errors = advice.locator('li', { hasText: /error|fail/i }).first();
    server.child.stdin?.write('failing\n');
    await errors.locator('h3', { hasText: '−30' }).waitFor({ timeout: 20_000 });
    expect(await errors.locator('p').first().textContent()).toMatch(/\d+(\.\d+)? %/);
    expect(await errors.locator('p').nth(1).textContent()).not.toBe('');
    expect(await score()).toBeLessThanOrEqual(70);
    expect(['warn', 'bad']).toContain(await tile.getAttribute('data-level'));
    const chart = page.locator('.chart:visible', { hasText: 'Health and pressure' });
    await expect.poll(() => chart.locator('canvas').count(), { timeout: 10_000 }).toBe(1);
    // The line of the chart falls with the next assessment, which the history keeps.
    await expect.poll(() => chart.textContent(), { timeout: 15_000 }).toMatch(/health\s*(70|[0-6]?\d)(?!\d)/);
    expect(complaints).toEqual([]);
  } finally {
    await server.stop();
  }
});
