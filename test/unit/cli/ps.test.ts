import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { run } from '../../../src/cli/cli.ts';
import { readServers, type ServerHealth } from '../../../src/cli/ps/server-health.ts';
import { formatServers, formatUptime } from '../../../src/cli/ps/servers-text.ts';
import type { OperationSnapshot, Snapshot } from '../../../src/core/model/snapshot.ts';
import { announce } from '../../../src/status/discovery.ts';
import { afterTest, createEndpoint, temporaryDirectory } from '../status/endpoint.ts';
import { SNAPSHOT } from '../status/snapshot.ts';
import { capturedIo } from './captured-io.ts';

function operation(name: string, count: number, errors: number, p95Seconds: number | undefined): OperationSnapshot {
  const estimate = {
    quantile: 0.95,
    seconds: p95Seconds,
    lowSeconds: undefined,
    highSeconds: undefined,
    samples: count,
  };
  const figures = { mean: undefined, min: undefined, max: undefined };
  return {
    name,
    method: 'tools/call',
    target: undefined,
    count,
    errors,
    errorTypes: {},
    latency: { count, windowSeconds: 60, ...figures, quantiles: [estimate] },
    active: 0,
    peak: 1,
    ratePerSecond: 0,
    stages: [],
  };
}

const BUSY: Snapshot = {
  ...SNAPSHOT,
  operations: [
    operation('tools/call slow', 30, 3, 0.25),
    operation('tools/list', 10, 0, 0.002),
    operation('ping', 0, 0, undefined),
  ],
};

/** A monitored server that serves a snapshot, in a discovery folder. */
async function serve(dir: string, snapshot: Snapshot, token?: string): Promise<string> {
  const sources = { metricsText: async () => '', snapshot: () => snapshot, summaryText: () => '' };
  const { server } = createEndpoint({ discoveryDir: dir, sources, token, service: () => snapshot.service });
  const bound = await server.start();
  return bound!.url;
}

/** Something else that answers HTTP at an address a discovery file names. */
async function announced(
  dir: string,
  answer: ((url: string) => [number, string]) | undefined,
  instanceId = 'i-9',
): Promise<void> {
  const other = createServer((request, response) => {
    if (answer === undefined) return;
    const [status, body] = answer(request.url ?? '');
    response.writeHead(status, { location: '/elsewhere' }).end(body);
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  afterTest(() => {
    other.closeAllConnections();
    other.close();
  });
  const { port } = other.address() as AddressInfo;
  announce(dir, {
    url: `http://127.0.0.1:${port}`,
    service: { name: 'other', instanceId },
    startedAtMs: Date.UTC(2026, 0, 1),
  });
}

/** A port where nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the servers of a discovery folder', () => {
  test('are listed with operations, error ratio and the P95 of the slowest operation', async () => {
    const dir = temporaryDirectory();
    const url = await serve(dir, BUSY);
    const [health, ...others] = await readServers({ dir });
    expect(others).toEqual([]);
    expect(health).toMatchObject({
      state: 'answering',
      operations: 40,
      errorRatio: 0.075,
      slowest: { name: 'tools/call slow', p95Seconds: 0.25 },
      server: { service: 'kb', version: '1.2.3', pid: process.pid, url },
    });
  });

  test('that ask for a token are shown as such until the right one is given', async () => {
    const dir = temporaryDirectory();
    await serve(dir, BUSY, 'right');
    expect(await readServers({ dir })).toMatchObject([{ state: 'protected', operations: undefined }]);
    expect(await readServers({ dir, token: 'wrong' })).toMatchObject([{ state: 'protected' }]);
    expect(await readServers({ dir, token: 'right' })).toMatchObject([{ state: 'answering', operations: 40 }]);
  });

  test.each<[string, ((url: string) => [number, string]) | undefined, string]>([
    ['do not answer in time', undefined, 'no answer within 200 ms'],
    ['answer with an error', () => [503, ''], 'it answered with status 503'],
    ['answer something else', () => [200, '{"a":1}'], 'it answered something else than figures'],
    ['redirect', () => [302, ''], 'it answered with status 302'],
    ['answer no JSON', () => [200, '<html>'], 'JSON'],
  ])('that %s are silent, and say why', async (_what, answer, reason) => {
    const dir = temporaryDirectory();
    await announced(dir, answer);
    const [health] = await readServers({ dir, timeoutMs: 200 });
    expect(health?.state).toBe('silent');
    expect(health?.reason).toContain(reason);
  });

  test('that are gone although a process has their process id are removed', async () => {
    const dir = temporaryDirectory();
    // Nothing listens: the process of that id is another one by now.
    const port = await closedPort();
    announce(dir, { url: `http://127.0.0.1:${port}`, service: { name: 'gone', instanceId: 'x' }, startedAtMs: 0 });
    // Another server has taken the port.
    await announced(dir, () => [200, JSON.stringify(BUSY)], 'not-that-one');
    await serve(dir, SNAPSHOT);
    const servers = await readServers({ dir });
    expect(servers.map(({ server }) => server.service)).toEqual(['kb']);
    expect(existsSync(`${dir}/${process.pid}-${port}.json`)).toBe(false);
    expect(await readServers({ dir })).toHaveLength(1);
  });
});

describe('mcp-vitals ps', () => {
  test('prints one line per server', async () => {
    const dir = temporaryDirectory();
    await serve(dir, BUSY);
    const io = capturedIo({ cwd: dir, env: { MCP_VITALS_DISCOVERY_DIR: dir } });
    expect(await run(['ps'], io)).toBe(0);
    const [header, line, ...rest] = io.out().trimEnd().split('\n');
    expect(header?.split(/ {2,}/)).toEqual([
      'service',
      'pid',
      'address',
      'up',
      'operations',
      'errors',
      'P95',
      'slowest operation',
    ]);
    expect(line).toMatch(/^kb +\d+ {2}http:\/\/127\.0\.0\.1:\d+ +\S.* +40 +7\.5 % +250\.0 ms {2}tools\/call slow$/);
    expect(rest).toEqual([]);
  });

  test('prints JSON whose every field is there, null where nothing is known', async () => {
    const dir = temporaryDirectory();
    await serve(dir, BUSY, 'secret');
    const io = capturedIo({ cwd: dir });
    expect(await run(['ps', '--json', '--dir', dir], io)).toBe(0);
    const [server] = JSON.parse(io.out()) as Record<string, unknown>[];
    expect(server).toMatchObject({
      service: 'kb',
      pid: process.pid,
      state: 'protected',
      operations: null,
      slowest: null,
    });
    expect(Object.keys(server ?? {})).toEqual([
      'service',
      'version',
      'pid',
      'url',
      'startedAt',
      'state',
      'reason',
      'uptimeSeconds',
      'operations',
      'errorRatio',
      'slowest',
    ]);
  });

  test.each([
    ['the option', ['--token', 'secret'], {}],
    ['the environment', [], { MCP_VITALS_TOKEN: 'secret' }],
  ])('takes the token from %s', async (_what, options, env) => {
    const dir = temporaryDirectory();
    await serve(dir, BUSY, 'secret');
    const io = capturedIo({ cwd: dir, env });
    await run(['ps', '--dir', dir, ...options], io);
    expect(io.out()).toContain('tools/call slow');
    expect(io.out() + io.err()).not.toContain('secret');
  });

  test('says on stderr that nothing runs, and prints an empty list as JSON', async () => {
    const dir = temporaryDirectory();
    const [text, json] = [capturedIo({ cwd: dir }), capturedIo({ cwd: dir })];
    expect(await run(['ps', '--dir', dir], text)).toBe(0);
    expect(text.out()).toBe('');
    expect(text.err()).toContain('no monitored server is running');
    await run(['ps', '--dir', dir, '--json'], json);
    expect(JSON.parse(json.out())).toEqual([]);
  });
});

test('a name that could steer the terminal is printed harmless and short', () => {
  const server = {
    pid: 1,
    url: 'http://127.0.0.1:1',
    service: '\u001b[2Jevil\n\u202e',
    version: '',
    instanceId: '',
    startedAt: '',
    file: '',
  };
  const health: ServerHealth = {
    server,
    state: 'answering',
    reason: undefined,
    uptimeSeconds: 0,
    operations: 1,
    errorRatio: 0,
    slowest: { name: 'x'.repeat(500), p95Seconds: 1 },
  };
  const text = formatServers([health]);
  expect(text.split('\n')).toHaveLength(3);
  expect(text).toContain('?[2Jevil??');
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(160);
});

test.each([
  [0, '0 s'],
  [0.9, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [185, '3 min 5 s'],
  [3_600, '1 h'],
  [7_800, '2 h 10 min'],
  [86_400 * 4 + 3 * 3_600 + 59, '4 d 3 h'],
])('%d seconds of uptime read %s', (seconds, text) => {
  expect(formatUptime(seconds)).toBe(text);
});
