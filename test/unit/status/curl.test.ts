import { type ChildProcess, spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { requireProgram } from '../../support/programs.ts';
import { verifies } from '../../support/verifies.ts';
import { afterTest, createEndpoint } from './endpoint.ts';

/** `curl -N`, with what it has printed so far. */
function curl(url: string, ...options: string[]): { readonly child: ChildProcess; readonly text: () => string } {
  const argv = ['--no-progress-meter', '-N', ...options, url];
  const child = spawn(requireProgram('curl'), argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  afterTest(() => child.kill());
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return { child, text: () => text };
}

const idsIn = (text: string): string[] => [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id as string);

it('curl -N shows the events as they happen, and goes on after the last one it saw', async () => {
  verifies('DSH-02');
  const { server, clock } = createEndpoint();
  const address = await server.start();
  const stream = `${address?.url}/api/stream`;

  const first = curl(stream);
  await expect.poll(() => idsIn(first.text())).toHaveLength(1);
  for (const seen of [2, 3, 4]) {
    clock.advance(1_000);
    // Each is printed before the next one is sent: nothing waits for a full buffer.
    await expect.poll(() => idsIn(first.text())).toHaveLength(seen);
  }
  expect(first.text()).toMatch(/^retry: 2000\n\nid: \S+\nevent: snapshot\ndata: \{"schemaVersion":1,.*\}\n\n/);
  const ids = idsIn(first.text());
  first.child.kill();
  clock.advance(1_000);

  const back = curl(stream, '--header', `Last-Event-ID: ${ids[1]}`);
  await expect.poll(() => idsIn(back.text())).toHaveLength(3);
  clock.advance(1_000);
  await expect.poll(() => idsIn(back.text())).toHaveLength(4);
  const resumed = idsIn(back.text());
  expect(resumed.slice(0, 2)).toEqual(ids.slice(2));
  const numbers = [...ids.slice(0, 2), ...resumed].map((id) => Number(id.split('-').at(-1)));
  expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] as number) + at));
});
