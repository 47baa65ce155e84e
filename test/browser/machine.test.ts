import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { openerOf } from '../../src/cli/ps/browser.ts';
import { listDiscovered } from '../../src/status/discovery.ts';
import { InstrumentedServer, stopServers } from '../support/instrumented-server.ts';
import { verifies } from '../support/verifies.ts';
import { BUSY_SERVER, openPage, seriousFindings } from './browser.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const TOKEN = 'of-all-servers';

let folder: string | undefined;
let command: ChildProcess | undefined;

afterEach(async () => {
  command?.kill('SIGKILL');
  await stopServers();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** Puts an opener into a folder that notes what it was asked to open; answers the next address. */
async function opener(place: string): Promise<() => Promise<string>> {
  const [name] = openerOf(process.platform, 'http://127.0.0.1/');
  const note = join(place, 'opened');
  await writeFile(
    join(place, name),
    `#!/bin/sh\nprintf '%s' "$1" > '${note}.draft' && /bin/mv '${note}.draft' '${note}'\n`,
  );
  await chmod(join(place, name), 0o755);
  return async () => {
    await expect.poll(() => existsSync(note), { timeout: 20_000 }).toBe(true);
    const address = await readFile(note, 'utf8');
    await rm(note);
    return address;
  };
}

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

  const opened = await opener(folder);
  const open = (...wanted: string[]): ChildProcess =>
    spawn(process.execPath, [CLI, 'open', ...wanted, '--dir', folder ?? '', '--token', TOKEN], {
      env: { PATH: folder, HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  command = open();
  const [line] = (await once(command.stdout!, 'data')) as [Buffer];
  // The address a browser is started with, which every user of the machine can see, opens the page once.
  const { page: fromCommand } = await openPage(await opened());
  await fromCommand.getByText('live', { exact: true }).waitFor();
  expect(fromCommand.url()).toBe(`${new URL(line.toString().trim()).origin}/`);
  await fromCommand.reload();
  await fromCommand.getByText('live', { exact: true }).waitFor();
  await once(open('guarded'), 'exit');
  const { page: guarded } = await openPage(await opened());
  await guarded.getByRole('link', { name: 'tools/call kb.hybrid_search' }).waitFor();
  expect(new URL(guarded.url()).search).toBe('');

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
  const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await background();
  expect(await seriousFindings(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await background()).not.toBe(light);
  expect(await seriousFindings(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('main');

  await started('third');
  await page.getByRole('link', { name: 'third', exact: true }).waitFor({ timeout: 20_000 });
  await first.stop();
  await expect.poll(() => card('first').count(), { timeout: 20_000 }).toBe(0);
  const again = await started('first');
  await expect
    .poll(() => card('first').locator('.muted').textContent(), { timeout: 20_000 })
    .toContain(`pid ${again.child.pid}`);
  await expect
    .poll(
      () =>
        card('first')
          .locator('.tile', { has: page.getByText('Requests/s', { exact: true }) })
          .locator('.value')
          .textContent(),
      { timeout: 20_000 },
    )
    .toMatch(/[1-9]/);
  expect(complaints).toEqual([]);

  command.kill('SIGINT');
  expect(await once(command, 'exit')).toEqual([0, null]);
  await page.getByText('is "mcp-vitals open" still running?').waitFor({ timeout: 10_000 });
});
