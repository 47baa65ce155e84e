import { afterEach, expect, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import { verifies } from '../../support/verifies.ts';
import { call, type Running, request, run } from './both.ts';

afterEach(() => stopServers());

const MIB = 1024 * 1024;
const BATCH = 10_000;

/** Values of a label in Prometheus text. */
function labelValues(metrics: string, label: string): Set<string> {
  return new Set(
    [...metrics.matchAll(new RegExp(`${label}="((?:[^"\\\\]|\\\\.)*)"`, 'g'))].map(([, value]) => value ?? ''),
  );
}

/** Waits for so many lines of stdout; cheaper than looking through all messages each time some come. */
function lines({ server }: Running, count: number): Promise<void> {
  const { stdout } = server.child;
  return new Promise((resolve) => {
    let missing = count;
    const countLines = (chunk: Buffer): void => {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) missing -= 1;
      if (missing > 0) return;
      stdout?.off('data', countLines);
      resolve();
    };
    stdout?.on('data', countLines);
  });
}

async function callNames(running: Running, from: number, to: number): Promise<void> {
  for (let start = from; start < to; start += BATCH) {
    const answered = lines(running, BATCH);
    const batch = Array.from({ length: BATCH }, (_, index) => call(start + index, `name_${start + index}`));
    running.client.write(batch.join(''));
    await answered;
  }
}

async function heapMib({ client }: Running, id: string): Promise<number> {
  const answer = await client.request('tools/call', { name: 'heap' }, id);
  const { content } = answer.result as unknown as { content: [{ text: string }] };
  return Number(content[0].text) / MIB;
}

it('100,000 names that a client calls cost bounded memory and 200 labels', { timeout: 240_000 }, async () => {
  verifies('NFR-05');
  const grown = async (instrumented: boolean): Promise<{ running: Running; early: number; late: number }> => {
    const running = await run('any-name-v1.mjs', { instrumented, nodeArguments: ['--expose-gc'] });
    if (instrumented) await running.server.url();
    await callNames(running, 0, 20_000);
    const early = await heapMib(running, 'early');
    await callNames(running, 20_000, 100_000);
    return { running, early, late: await heapMib(running, 'late') };
  };
  const [bare, measured] = await Promise.all([grown(false), grown(true)]);
  // 80,000 further names leave nothing behind, and all of it stays within what we may cost.
  expect(measured.late - measured.early - (bare.late - bare.early)).toBeLessThan(3);
  expect(measured.late - bare.late).toBeLessThan(30);

  const snapshot = await measured.running.server.snapshot();
  const calls = snapshot.operations.filter(({ method }) => method === 'tools/call');
  expect(calls.reduce((sum, { count }) => sum + count, 0)).toBe(100_000 + 2);
  expect(calls.length).toBeLessThanOrEqual(201);
  const names = labelValues(await measured.running.server.metricsText(), 'gen_ai_tool_name');
  expect(names.size).toBeLessThanOrEqual(201);
  expect(names.has('_OTHER')).toBe(true);
  // Node itself warns of the SDK's listeners for a full pipe, with us and without; a flood may well raise an alert.
  const lines = measured.running.server.stderr.split('\n').filter((line) => line.includes('mcp-vitals'));
  expect(lines.filter((line) => !line.includes(' alert '))).toEqual([]);
});

it('a server with 100,000 tools has 200 of them as labels and lists them as without us', {
  timeout: 120_000,
}, async () => {
  verifies('NFR-05');
  const [bare, measured] = await Promise.all([
    run('many-tools-v1.mjs', { instrumented: false }),
    run('many-tools-v1.mjs'),
  ]);
  const calling = Array.from({ length: 1000 }, (_, index) => call(index, `tool_${index * 100}`));
  for (const { client } of [bare, measured]) client.write([...calling, request('list', 'tools/list')].join(''));
  const [expected, list] = await Promise.all(
    [bare, measured].map(({ client }) => client.waitFor((message) => message.id === 'list')),
  );
  expect(JSON.stringify(list) === JSON.stringify(expected)).toBe(true);
  expect(list?.result?.['tools']).toHaveLength(100_000);
  const snapshot = await measured.server.snapshotWhen(({ requests }) => requests.active === 0);
  const calls = snapshot.operations.filter(({ method }) => method === 'tools/call');
  expect(calls.map(({ count }) => count).sort((a, b) => b - a)).toEqual([800, ...Array(200).fill(1)]);
  const names = labelValues(await measured.server.metricsText(), 'gen_ai_tool_name');
  expect([names.size, names.has('_OTHER')]).toEqual([201, true]);
});
