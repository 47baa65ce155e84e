import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import type { NodeMajor } from '../../support/nodes.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { verifies } from '../../support/verifies.ts';
import {
  complete,
  END_LIMIT_MS,
  MonitoredServer,
  newSpoolDir,
  received,
  removeSpoolDirs,
  type Sdk,
  spooled,
} from './monitored-server.ts';

let receiver: OtlpReceiver;
let spoolDir: string;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  spoolDir = await newSpoolDir();
});

afterEach(async () => {
  await stopServers();
  await receiver.close();
  await removeSpoolDirs();
});

const options = () => ({ receiver: receiver.url, spoolDir, summary: true });

/** The generations of the SDK, each on another line of Node. */
const NODE_OF: Readonly<Record<Sdk, NodeMajor>> = { v1: 20, v2: 24 };

const ENDINGS = {
  SIGTERM: { act: (server: MonitoredServer) => server.process.child.kill('SIGTERM'), code: null, signal: 'SIGTERM' },
  SIGINT: { act: (server: MonitoredServer) => server.process.child.kill('SIGINT'), code: null, signal: 'SIGINT' },
  'the end of stdin': { act: (server: MonitoredServer) => server.process.child.stdin?.end(), code: 0, signal: null },
  'an empty event loop': { act: (server: MonitoredServer) => server.call('leave'), code: 0, signal: null },
} as const;

const CASES = (['v1', 'v2'] as const).flatMap((sdk) =>
  (Object.keys(ENDINGS) as (keyof typeof ENDINGS)[]).map((ending) => [sdk, ending] as const),
);

describe('a stdio server in front of a live receiver', () => {
  it.each(CASES)('%s delivers everything recorded, once, when it ends by %s', async (sdk, ending) => {
    verifies('NFR-06', 'REG-01');
    const { act, code, signal } = ENDINGS[ending];
    const server = await (await MonitoredServer.stdio(sdk, { ...options(), node: NODE_OF[sdk] })).use(5);
    await server.loaded();
    const exit = await server.end(() => act(server));
    expect(exit).toMatchObject({ code, signal });
    expect(exit.tookMs).toBeLessThan(END_LIMIT_MS);
    expect(received(receiver)).toEqual(complete(server.operations));
    expect(spooled(spoolDir)).toEqual(complete(0, 0));
    expect(server.ourLines).toEqual([]);
    expect(server.tables).toBe(1);
    expect(server.discoveryFiles).toEqual([]);
  });

  it.each(['SIGTERM', 'the end of stdin'] as const)(
    'that serveStdio of SDK 2.x runs delivers everything recorded, once, when it ends by %s',
    async (ending) => {
      verifies('NFR-06', 'REG-01');
      const { act, code, signal } = ENDINGS[ending];
      const server = await (await MonitoredServer.serveStdio(options())).use(3);
      await server.loaded();
      expect(await server.end(() => act(server))).toMatchObject({ code, signal });
      expect(received(receiver)).toEqual(complete(server.operations));
      expect(server.ourLines).toEqual([]);
    },
  );

  it.each([
    ['v1', 'SIGTERM'],
    ['v2', 'SIGTERM'],
    ['v1', 'the end of stdin'],
    ['v2', 'the end of stdin'],
  ] as const)(
    '%s delivers its first operations when it ends by %s while the product is still loading',
    async (sdk, ending) => {
      verifies('NFR-06');
      const { act, code, signal } = ENDINGS[ending];
      const server = await (await MonitoredServer.stdio(sdk, options())).initializeOnly();
      const exit = await server.end(() => act(server));
      expect(exit).toMatchObject({ code, signal });
      expect(exit.tookMs).toBeLessThan(END_LIMIT_MS);
      expect(received(receiver)).toEqual(complete(1));
      expect(server.ourLines).toEqual([]);
      expect(server.discoveryFiles).toEqual([]);
    },
  );

  it.each(['v1', 'v2'] as const)('%s loses nothing when it calls process.exit after closing', async (sdk) => {
    verifies('NFR-06');
    const server = await (await MonitoredServer.stdio(sdk, options())).use(5);
    await server.loaded();
    const exit = await server.end(() => server.call('exit3'));
    expect(exit).toMatchObject({ code: 3, signal: null });
    const kept = spooled(spoolDir);
    expect(received(receiver).spans + kept.spans).toBe(server.operations);
    expect(server.ourLines).toEqual([expect.stringContaining(`${kept.spans} spans`)]);
    expect(server.tables).toBe(1);

    const next = await (await MonitoredServer.stdio(sdk, options())).use(0);
    await next.loaded();
    expect(await next.end((child) => child.stdin?.end())).toMatchObject({ code: 0 });
    expect(received(receiver)).toEqual(complete(server.operations + next.operations, 2));
    expect(spooled(spoolDir)).toEqual(complete(0, 0));
    expect(next.ourLines).toEqual([]);
  });

  it('leaves nothing uncounted when process.exit comes with the second request', async () => {
    verifies('NFR-06');
    const server = await (await MonitoredServer.stdio('v1', options())).initializeOnly();
    const exit = await server.end(() => server.client.request('tools/call', { name: 'abrupt' }).catch(() => {}));
    expect(exit).toMatchObject({ code: 4, signal: null });
    const lost = Number(/lost at exit: (\d+) operations/.exec(server.process.stderr)?.[1] ?? 0);
    expect(received(receiver).operations + spooled(spoolDir).operations + lost).toBe(1);
    expect(server.ourLines).toHaveLength(1);
  });
});

describe('an HTTP server in front of a live receiver', () => {
  it.each([
    ['v1', 'SIGTERM'],
    ['v2', 'SIGINT'],
  ] as const)(
    '%s delivers everything with the durations of its open sessions when it ends by %s',
    async (sdk: Sdk, signal) => {
      verifies('NFR-06', 'REG-01');
      const server = await (await MonitoredServer.http(sdk, options())).use(5);
      await server.loaded();
      const exit = await server.end((child) => child.kill(signal));
      expect(exit).toMatchObject({ code: null, signal });
      expect(exit.tookMs).toBeLessThan(END_LIMIT_MS);
      expect(received(receiver)).toEqual(complete(server.operations));
      expect(server.ourLines).toEqual([]);
      expect(server.discoveryFiles).toEqual([]);
    },
  );
});
