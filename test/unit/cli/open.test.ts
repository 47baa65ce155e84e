import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { run } from '../../../src/cli/cli.ts';
import { openerOf, openInBrowser } from '../../../src/cli/ps/browser.ts';
import { createEndpoint, temporaryDirectory } from '../status/endpoint.ts';
import { SNAPSHOT } from '../status/snapshot.ts';
import { capturedIo } from './captured-io.ts';

async function serve(dir: string, name: string): Promise<string> {
  const service = { name, version: '1', instanceId: name };
  const sources = { metricsText: async () => '', snapshot: () => ({ ...SNAPSHOT, service }), summaryText: () => '' };
  const { server } = createEndpoint({ discoveryDir: dir, sources, service: () => service });
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
