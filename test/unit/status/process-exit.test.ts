import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { listDiscovered } from '../../../src/status/discovery.ts';
import { afterTest, temporaryDirectory } from './endpoint.ts';

const FIXTURE = fileURLToPath(new URL('./fixtures/serve-and-return.ts', import.meta.url));
/** Idle connections are closed by the endpoint after 10 s: whoever waits for that is late. */
const WELL_BELOW_IDLE_TIMEOUT_MS = 6_000;

async function run(directory: string): Promise<{ child: ChildProcess; stderr: () => string; url: URL }> {
  const child = spawn(process.execPath, ['--import', 'tsx', FIXTURE, directory], { stdio: ['pipe', 'ignore', 'pipe'] });
  afterTest(() => child.kill('SIGKILL'));
  let text = '';
  child.stderr.on('data', (data) => {
    text += data;
  });
  await expect.poll(() => text, { timeout: 20_000 }).toMatch(/listening http\S+\n/);
  return { child, stderr: () => text, url: new URL(/listening (\S+)/.exec(text)?.[1] ?? '') };
}

async function openConnection({ hostname, port }: URL): Promise<Socket> {
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  afterTest(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

describe('a process with a status endpoint', () => {
  it('ends when its input ends, with its own exit code, whoever is still connected, and takes its file along', async () => {
    const directory = temporaryDirectory();
    const { child, stderr, url } = await run(directory);
    expect(readdirSync(directory)).toHaveLength(1);
    await openConnection(url);
    const scraper = await openConnection(url);
    scraper.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(String(await once(scraper, 'data'))).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*up 1\n$/);
    const endedAt = performance.now();
    child.stdin?.end();
    expect(await once(child, 'exit')).toEqual([7, null]);
    expect(performance.now() - endedAt).toBeLessThan(WELL_BELOW_IDLE_TIMEOUT_MS);
    expect(stderr()).toBe(`listening ${url.origin}\n`);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('leaves a discovery file only when killed, and listing removes that one', async () => {
    const directory = temporaryDirectory();
    const { child, url } = await run(directory);
    expect((await listDiscovered(directory)).map((server) => server.url)).toEqual([url.origin]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(readdirSync(directory)).toHaveLength(1);
    expect(await listDiscovered(directory)).toEqual([]);
    expect(readdirSync(directory)).toEqual([]);
  });
});
