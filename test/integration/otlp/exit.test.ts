import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { verifies } from '../../support/verifies.ts';
import type { Scenario } from './fixtures/exporting-process.ts';

const FIXTURE = fileURLToPath(new URL('./fixtures/exporting-process.ts', import.meta.url));

/** The default limit of one attempt, which would hold the process without the limit on stalls. */
const ATTEMPT_TIMEOUT_MS = 10_000;

let receiver: OtlpReceiver;
let spoolDir: string;
let root: string;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  root = mkdtempSync(join(tmpdir(), 'otlp-exit-'));
  spoolDir = join(root, 'spool');
});

afterEach(async () => {
  rmSync(root, { recursive: true, force: true });
  await receiver.close();
});

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
  /** Milliseconds between having nothing left to do (the end of stdin, else `beforeExit`) and the exit. */
  readonly held: number;
  readonly spooled: number;
  readonly lost: number;
  readonly dropped: Record<string, number>;
}

interface Running {
  readonly endStdin: () => void;
  readonly sending: Promise<void>;
  readonly ended: Promise<Ended>;
}

function start(scenario: Partial<Scenario>): Running {
  const complete: Scenario = {
    endpoint: receiver.url,
    spoolDir,
    spans: 3,
    calls: 0,
    afterwards: 'end',
    flushMs: 0,
    ...scenario,
  };
  const child = spawn(process.execPath, ['--import', 'tsx', FIXTURE, JSON.stringify(complete)], { stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  return {
    endStdin: () => child.stdin.end(),
    sending: new Promise((resolve) => {
      child.stderr.on('data', () => {
        if (stderr.includes('sending\n')) resolve();
      });
    }),
    ended: new Promise((resolve) => {
      child.on('close', (code) => resolve({ ...(JSON.parse(stdout) as Omit<Ended, 'code' | 'stderr'>), code, stderr }));
    }),
  };
}

const run = (scenario: Partial<Scenario>): Promise<Ended> => start(scenario).ended;

/** A port nothing listens on. */
async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

/** A port that listens while its process is stopped: the kernel takes a few connections, nobody reads from them. */
async function startFrozenListener(): Promise<{ url: string; fillBacklog: () => Promise<void>; close: () => void }> {
  const script = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
    require('node:fs').writeSync(1, String(this.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve) => child.stdout.once('data', (chunk) => resolve(Number(chunk))));
  const sockets: Socket[] = [];
  return {
    url: `http://127.0.0.1:${port}`,
    fillBacklog: async () => {
      for (let connected = true; connected; ) {
        const socket = createConnection(port, '127.0.0.1').on('error', () => {});
        sockets.push(socket);
        connected = await new Promise((resolve) => {
          socket.once('connect', () => resolve(true));
          setTimeout(() => resolve(false), 500);
        });
      }
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}

const names = (): string[] => receiver.spans.map(({ name }) => name).sort();

describe('a process that ends by itself', () => {
  it('delivers every span and point in its last flush and leaves nothing in the spool', async () => {
    verifies('NFR-06');
    const ended = await run({ spans: 700, calls: 5, flushMs: 1_500 });
    expect(ended).toMatchObject({ code: 7, spooled: 0, lost: 0, dropped: {}, stderr: '' });
    expect(receiver.spans).toHaveLength(700);
    expect(new Set(receiver.spans.map(({ spanId }) => spanId)).size).toBe(700);
    expect(receiver.points('mcp.server.operation.duration')).toMatchObject([{ count: 5, sum: 2.5 }]);
    expect(readdirSync(root)).toEqual([]);
  });

  it.each([
    ['dead', async () => closedPort()],
    [
      'hanging',
      async () => {
        receiver.behave('hang');
        return receiver.url;
      },
    ],
    [
      'overloaded',
      async () => {
        receiver.behave(503, { 'retry-after': '60' });
        return receiver.url;
      },
    ],
  ])(
    'is not held longer than its flush may take when the collector is %s, and keeps its exit code',
    async (_, prepare) => {
      verifies('NFR-05', 'NFR-06');
      const ended = await run({ endpoint: await prepare(), calls: 1, flushMs: 1_500 });
      expect(ended).toMatchObject({ code: 7, spooled: 4, lost: 0 });
      expect(ended.held).toBeLessThan(2_000);
      expect(ended.stderr.match(/traces to /g)).toHaveLength(1);
    },
  );

  it('is not held at all by attempts and retries of its background work', async () => {
    verifies('NFR-05');
    receiver.behave('hang');
    const child = start({ afterwards: 'stay', batchIntervalMs: 20 });
    await receiver.until(() => receiver.requests.length === 1);
    child.endStdin();
    const hanging = await child.ended;
    expect(hanging).toMatchObject({ code: 0, spooled: 3 });
    expect(hanging.held).toBeLessThan(1_000);

    receiver.behave(503);
    const retrying = start({ afterwards: 'stay', batchIntervalMs: 20 });
    await receiver.until(() => receiver.requests.length === 2);
    retrying.endStdin();
    const retried = await retrying.ended;
    expect(retried).toMatchObject({ code: 0, spooled: 3 });
    expect(retried.held).toBeLessThan(1_000);
  });

  it('is held for a moment only by a frozen collector that takes neither connections nor data', async () => {
    verifies('NFR-05');
    const frozen = await startFrozenListener();
    try {
      const writing = start({
        endpoint: frozen.url,
        afterwards: 'stay',
        batchIntervalMs: 20,
        spans: 400,
        nameLength: 40_000,
      });
      await writing.sending;
      writing.endStdin();
      const blocked = await writing.ended;
      expect(blocked).toMatchObject({ code: 0, spooled: 400, lost: 0 });
      expect(blocked.held).toBeLessThan(ATTEMPT_TIMEOUT_MS / 2);

      await frozen.fillBacklog();
      const connecting = start({
        endpoint: frozen.url,
        spoolDir: join(root, 'another'),
        afterwards: 'stay',
        batchIntervalMs: 20,
      });
      await connecting.sending;
      connecting.endStdin();
      const unconnected = await connecting.ended;
      expect(unconnected).toMatchObject({ code: 0, spooled: 3 });
      expect(unconnected.held).toBeLessThan(ATTEMPT_TIMEOUT_MS / 2);
    } finally {
      frozen.close();
    }
  });
});

describe('process.exit right after the last span', () => {
  it('loses nothing: the next start delivers exactly what was recorded, once', async () => {
    verifies('NFR-06');
    const ended = await run({ spans: 600, calls: 9, afterwards: 'exit' });
    expect(ended).toMatchObject({ code: 7, spooled: 601, lost: 0, stderr: '' });
    expect(receiver.requests).toHaveLength(0);
    expect(readdirSync(spoolDir)).toHaveLength(3);

    const next = await Promise.all([
      run({ spans: 0, flushMs: 1_500, calls: 1 }),
      run({ spans: 0, flushMs: 1_500, calls: 1 }),
    ]);
    expect(next.map(({ code }) => code)).toEqual([7, 7]);
    expect(receiver.spans).toHaveLength(600);
    expect(new Set(receiver.spans.map(({ spanId }) => spanId)).size).toBe(600);
    expect(readdirSync(spoolDir)).toEqual([]);
  });

  it('says on one line of stderr how much is lost when the disk cannot be written', async () => {
    verifies('NFR-05', 'NFR-06');
    writeFileSync(spoolDir, 'a file where the directory should be');
    const ended = await run({ spans: 5, calls: 2, afterwards: 'exit' });
    expect(ended).toMatchObject({
      code: 7,
      spooled: 0,
      lost: 6,
      dropped: { 'traces unsent_at_exit': 5, 'metrics unsent_at_exit': 1 },
    });
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(ended.stderr).toContain('5 spans and 1 metric points');
  });
});

describe('a long-running process', () => {
  it('keeps its spans through an outage, brings in what a predecessor left, and says both once', async () => {
    verifies('NFR-05', 'NFR-06');
    await run({ spans: 2, afterwards: 'exit' });
    receiver.behave(503);
    const child = start({ spans: 3, afterwards: 'stay', batchIntervalMs: 20, flushMs: 1_000 });
    await receiver.until(() => receiver.requests.length >= 2);
    receiver.behave('ok');
    await receiver.until(() => receiver.spans.length === 5);
    child.endStdin();
    const ended = await child.ended;
    expect(names()).toEqual(['op 0', 'op 0', 'op 1', 'op 1', 'op 2']);
    expect(ended).toMatchObject({ code: 0, spooled: 0, lost: 0, dropped: {} });
    expect(ended.stderr).toMatch(/warn: traces to .*: HTTP 503 [\s\S]*accepts traces again after \d+ failed/);
    expect(readdirSync(spoolDir)).toEqual([]);
  });
});
