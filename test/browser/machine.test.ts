import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { afterEach, expect, it } from 'vitest';
import { listDiscovered } from '../../src/status/discovery.ts';
import { InstrumentedServer, stopServers } from '../support/instrumented-server.ts';
import { verifies } from '../support/verifies.ts';
import { BUSY_SERVER, openPage } from './browser.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const TOKEN = 'of-all-servers';

let folder: string | undefined;
let command: ChildProcess | undefined;

afterEach(async () => {
  command?.kill('SIGKILL');
  await stopServers();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

it('all servers of the machine are on one page, live, each with the way to its own, until the command is ended', async () => {
  verifies('DSH-01');
  folder = await mkdtemp(join(tmpdir(), 'mcp-vitals-machine-'));
  const started = (name: string, env: Record<string, string> = {}) =>
    InstrumentedServer.start(BUSY_SERVER, {
      arguments: ['5', '40'],
      env: { MCP_VITALS_DISCOVERY_DIR: folder ?? '', OTEL_SERVICE_NAME: name, ...env },
    });
  const first = await started('first');
  await started('guarded', { MCP_VITALS_TOKEN: TOKEN });
  await expect.poll(async () => (await listDiscovered(folder)).length, { timeout: 20_000 }).toBe(2);

  // No opener in the path: the address is printed all the same.
  command = spawn(process.execPath, [CLI, 'open', '--dir', folder, '--token', TOKEN], {
    env: { PATH: folder, HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [line] = (await once(command.stdout!, 'data')) as [Buffer];
  const { page, complaints } = await openPage(line.toString().trim());
  const card = (name: string) => page.locator('#servers > li', { has: page.getByRole('link', { name, exact: true }) });
  for (const name of ['first', 'guarded']) {
    for (const tile of ['Health', 'Alerts', 'Requests/s', 'Errors', 'P95']) {
      const value = card(name)
        .locator('.tile', { has: page.getByText(tile, { exact: true }) })
        .locator('.value');
      await expect.poll(() => value.textContent(), { timeout: 20_000 }).toMatch(/\d/);
    }
    expect(await page.getByRole('link', { name, exact: true }).getAttribute('href')).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+$/,
    );
  }
  await page.getByText('live', { exact: true }).waitFor();
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string; impact: string }[] };
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('main');

  await started('third');
  await page.getByRole('link', { name: 'third', exact: true }).waitFor({ timeout: 20_000 });
  await first.stop();
  await expect.poll(() => card('first').count(), { timeout: 20_000 }).toBe(0);
  expect(complaints).toEqual([]);

  command.kill('SIGINT');
  expect(await once(command, 'exit')).toEqual([0, null]);
  await page.getByText('is "mcp-vitals open" still running?').waitFor({ timeout: 10_000 });
});
