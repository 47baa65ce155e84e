import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { verifies } from '../../support/verifies.ts';
import {
  closedPort,
  complete,
  END_LIMIT_MS,
  MonitoredServer,
  newSpoolDir,
  received,
  removeSpoolDirs,
  spooled,
} from './monitored-server.ts';

let spoolDir: string;
const receivers: OtlpReceiver[] = [];

beforeEach(async () => {
  spoolDir = await newSpoolDir();
});

afterEach(async () => {
  await stopServers();
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
  await removeSpoolDirs();
});

async function receiverOn(port?: number): Promise<OtlpReceiver> {
  const receiver = await startOtlpReceiver(port);
  receivers.push(receiver);
  return receiver;
}

/** Addresses whose receiver does not take anything, and how to bring it up. */
const RECEIVERS = {
  'a closed port': async () => {
    const port = await closedPort();
    return { url: `http://127.0.0.1:${port}`, recover: () => receiverOn(port) };
  },
  'a hanging receiver': async () => {
    const receiver = await receiverOn();
    receiver.behave('hang');
    return {
      url: receiver.url,
      recover: async () => {
        receiver.behave('ok');
        return receiver;
      },
    };
  },
};

const ENDINGS = {
  SIGTERM: { act: (server: MonitoredServer) => server.process.child.kill('SIGTERM'), code: null, signal: 'SIGTERM' },
  'the end of stdin': { act: (server: MonitoredServer) => server.process.child.stdin?.end(), code: 0, signal: null },
  'process.exit': { act: (server: MonitoredServer) => server.call('exit3'), code: 3, signal: null },
} as const;

const CASES = (Object.keys(RECEIVERS) as (keyof typeof RECEIVERS)[]).flatMap((receiver) =>
  (Object.keys(ENDINGS) as (keyof typeof ENDINGS)[]).map((ending, index) => {
    return [ending, receiver, index % 2 === 0 ? 'v1' : 'v2'] as const;
  }),
);

describe('a server whose receiver is gone', () => {
  it.each(CASES)(
    'that ends by %s in front of %s (%s) ends in time and leaves all for the next start',
    async (ending, kind, sdk) => {
      verifies('NFR-05', 'NFR-06');
      const { url, recover } = await RECEIVERS[kind]();
      const { act, code, signal } = ENDINGS[ending];
      const server = await (await MonitoredServer.stdio(sdk, { receiver: url, spoolDir, summary: true })).use(5);
      await server.loaded();
      const exit = await server.end(() => act(server));
      expect(exit).toMatchObject({ code, signal });
      expect(exit.tookMs).toBeLessThan(END_LIMIT_MS);
      expect(spooled(spoolDir)).toEqual(complete(server.operations));
      const said = server.ourLines.filter((line) => line.includes('kept for the next start'));
      expect(said).toEqual([expect.stringMatching(`\\b${server.operations} spans and \\d+ metric points\\b`)]);
      expect(server.tables).toBe(1);
      expect(server.discoveryFiles).toEqual([]);

      const receiver = await recover();
      const next = await (await MonitoredServer.stdio(sdk, { receiver: url, spoolDir })).use(1);
      await next.loaded();
      expect(await next.end((child) => child.stdin?.end())).toMatchObject({ code: 0 });
      expect(received(receiver)).toEqual(complete(server.operations + next.operations, 2));
      expect(spooled(spoolDir)).toEqual(complete(0, 0));
    },
  );

  it('ends at once when the signal comes a second time, and still keeps everything', async () => {
    verifies('NFR-05', 'NFR-06');
    const receiver = await receiverOn();
    receiver.behave('hang');
    const server = await (await MonitoredServer.stdio('v1', { receiver: receiver.url, spoolDir })).use(2);
    await server.loaded();
    const exit = await server.end(async (child) => {
      child.kill('SIGTERM');
      await receiver.until(() => receiver.requests.length > 0);
      child.kill('SIGINT');
    });
    expect(exit).toMatchObject({ code: null, signal: 'SIGINT' });
    expect(spooled(spoolDir)).toEqual(complete(server.operations));
  });

  it('does not wait a second time for a receiver that hung when stdin ended', async () => {
    verifies('NFR-05', 'NFR-06');
    const receiver = await receiverOn();
    receiver.behave('hang');
    const env = { MCP_VITALS_SHUTDOWN_TIMEOUT: '1000' };
    const options = { receiver: receiver.url, spoolDir, env, handlers: 'stayAlive' };
    const server = await (await MonitoredServer.stdio('v2', options)).use(2);
    await server.loaded();
    const exit = await server.end(async (child) => {
      child.stdin?.end();
      await server.process.stderrMatch(/metrics to /);
      child.kill('SIGTERM');
    });
    expect(exit).toMatchObject({ code: null, signal: 'SIGTERM' });
    // One attempt per signal; another one would have been made by a second flush.
    expect(receiver.requests).toHaveLength(2);
    expect(spooled(spoolDir)).toEqual(complete(server.operations));
  });

  it('says in one line what is lost when there is no disk to keep it on', async () => {
    verifies('NFR-05', 'NFR-06');
    writeFileSync(spoolDir, 'a file where the directory should be');
    const url = `http://127.0.0.1:${await closedPort()}`;
    const server = await (await MonitoredServer.stdio('v1', { receiver: url, spoolDir })).use(2);
    await server.loaded();
    const exit = await server.end((child) => child.kill('SIGTERM'));
    expect(exit).toMatchObject({ code: null, signal: 'SIGTERM' });
    const said = server.ourLines.filter((line) => /lost|kept for/.test(line));
    expect(said).toEqual([expect.stringMatching(/lost at exit: 4 spans and \d+ metric points/)]);
  });
});
