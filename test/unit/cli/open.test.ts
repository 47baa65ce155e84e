import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { run } from '../../../src/cli/cli.ts';
import { openerOf, openInBrowser } from '../../../src/cli/ps/browser.ts';
import { verifies } from '../../support/verifies.ts';
import { createEndpoint, get, temporaryDirectory } from '../status/endpoint.ts';
import { SNAPSHOT } from '../status/snapshot.ts';
import { capturedIo } from './captured-io.ts';

async function serve(dir: string, name: string, token?: string): Promise<string> {
  const service = { name, version: '1', instanceId: name };
  const sources = { metricsText: async () => '', snapshot: () => ({ ...SNAPSHOT, service }), summaryText: () => '' };
  const { server } = createEndpoint({ discoveryDir: dir, sources, service: () => service, token });
  return (await server.start())!.url;
}

/** A folder with an opener that notes what it was asked to open. */
function opener(): { readonly folder: string; readonly opened: () => string } {
  const folder = temporaryDirectory();
  const [name] = openerOf(process.platform, 'http://127.0.0.1/');
  const note = join(folder, 'opened');
  writeFileSync(
    join(folder, name),
    `#!/bin/sh\nprintf '%s' "$1" > '${note}.draft' && /bin/mv '${note}.draft' '${note}'\n`,
  );
  chmodSync(join(folder, name), 0o755);
  return { folder, opened: () => (existsSync(note) ? readFileSync(note, 'utf8') : '') };
}

test('the only server is opened, and its address printed', async () => {
  const dir = temporaryDirectory();
  const url = await serve(dir, 'alone');
  const { folder, opened } = opener();
  const io = capturedIo({ cwd: dir, env: { PATH: folder } });
  expect(await run(['open', '--dir', dir], io)).toBe(0);
  expect(io.out()).toBe(`${url}\n`);
  await vi.waitFor(() => expect(opened()).toBe(`${url}/`), { timeout: 5_000 });
});

test('a machine without opener gets the address all the same', async () => {
  const dir = temporaryDirectory();
  const url = await serve(dir, 'alone');
  const io = capturedIo({ cwd: dir, env: { PATH: dir } });
  expect(await run(['open', 'alone', '--dir', dir], io)).toBe(0);
  expect(io.out()).toBe(`${url}\n`);
  expect(io.err()).toBe('');
});

test('a server that asks for a token is opened signed in, once, and no program is started with the token', async () => {
  verifies('NFR-05');
  const dir = temporaryDirectory();
  const token = 'known-to-few';
  const url = await serve(dir, 'guarded', token);
  const { folder, opened } = opener();
  const io = capturedIo({ cwd: dir, env: { PATH: folder } });
  expect(await run(['open', '--dir', dir, '--token', token], io)).toBe(0);
  expect(io.out()).toBe(`${url}\n`);
  await vi.waitFor(() => expect(opened()).not.toBe(''), { timeout: 5_000 });
  expect(opened()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/session\?code=[\w-]{32}$/);
  const first = await get(opened());
  const [cookie = ''] = first.headers['set-cookie'] ?? [];
  expect([first.status, first.headers.location]).toEqual([303, '/']);
  const ask = async (Cookie: string) => (await get(`${url}/api/summary`, { headers: { Cookie } })).status;
  expect(await ask(cookie.split(';')[0] ?? '')).toBe(200);
  const second = await get(opened());
  expect([second.status, second.headers['set-cookie']]).toEqual([303, undefined]);
});

test('a server that asks for another token is opened as it is: its page asks', async () => {
  const dir = temporaryDirectory();
  const url = await serve(dir, 'guarded', 'known-to-few');
  const { folder, opened } = opener();
  const io = capturedIo({ cwd: dir, env: { PATH: folder } });
  expect(await run(['open', '--dir', dir, '--token', 'wrong'], io)).toBe(0);
  await vi.waitFor(() => expect(opened()).toBe(`${url}/`), { timeout: 5_000 });
});

test('the page of all servers is opened by an address without its key, which opens it once', async () => {
  verifies('NFR-05');
  const dir = temporaryDirectory();
  await serve(dir, 'one');
  await serve(dir, 'two');
  const { folder, opened } = opener();
  let end: () => void = () => {};
  const untilEnded = () =>
    new Promise<void>((resolve) => {
      end = resolve;
    });
  const io = { ...capturedIo({ cwd: dir, env: { PATH: folder } }), untilEnded };
  const running = run(['open', '--dir', dir], io);
  await vi.waitFor(() => expect(opened()).not.toBe(''), { timeout: 5_000 });
  const printed = new URL(io.out().trim());
  const key = new URLSearchParams(printed.hash.slice(1)).get('key') ?? '';
  expect(key).toMatch(/^[\w-]{32}$/);
  expect(opened()).not.toContain(key);
  const [cookie = ''] = (await get(opened())).headers['set-cookie'] ?? [];
  const headers = { Cookie: cookie.split(';')[0] ?? '' };
  const figures = await get(`${printed.origin}/api/servers`, { headers });
  expect([figures.status, JSON.parse(figures.body.toString()).servers.length]).toEqual([200, 2]);
  const foreign = { ...headers, 'Sec-Fetch-Site': 'same-site' };
  expect((await get(`${printed.origin}/api/servers`, { headers: foreign })).status).toBe(401);
  expect((await get(opened())).headers['set-cookie']).toBe(undefined);
  end();
  expect(await running).toBe(0);
});

test('several servers are listed instead, and one of them is chosen by its service', async () => {
  const dir = temporaryDirectory();
  await serve(dir, 'one');
  const url = await serve(dir, 'two');
  const [unclear, chosen] = [
    capturedIo({ cwd: dir, env: { PATH: dir } }),
    capturedIo({ cwd: dir, env: { PATH: dir } }),
  ];
  expect(await run(['open', '--dir', dir], unclear)).toBe(1);
  expect(unclear.out()).toMatch(/^service[^\n]*\none [^\n]*\ntwo [^\n]*\n$/);
  expect(unclear.err()).toContain('name one by its pid');
  expect(await run(['open', 'two', '--dir', dir], chosen)).toBe(0);
  expect(chosen.out()).toBe(`${url}\n`);
});

test('a server that does not run is a problem with a way out', async () => {
  const dir = temporaryDirectory();
  await serve(dir, 'one');
  const io = capturedIo({ cwd: dir });
  expect(await run(['open', 'three', '--dir', dir], io)).toBe(1);
  expect(io.err()).toBe('no monitored server "three" is running; "mcp-vitals ps" lists what is\n');
});

test.each([
  ['linux', 'xdg-open', ['http://a/']],
  ['darwin', 'open', ['http://a/']],
  ['win32', 'cmd.exe', ['/d', '/s', '/c', 'start "" "http://a/"']],
] as const)('on %s the opener is %s', (platform, command, args) => {
  expect(openerOf(platform, 'http://a/')).toEqual([command, args]);
});

test('only web addresses are handed to an opener', async () => {
  const { folder, opened } = opener();
  expect(await openInBrowser('file:///etc/passwd', { env: { PATH: folder }, cwd: folder })).toBe(false);
  expect(opened()).toBe('');
});
