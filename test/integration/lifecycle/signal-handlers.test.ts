import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { verifies } from '../../support/verifies.ts';
import {
  complete,
  MonitoredServer,
  newSpoolDir,
  received,
  removeSpoolDirs,
  type StartOptions,
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

/** What anybody outside can see of an end. */
async function endOf(server: MonitoredServer, act: (server: MonitoredServer) => unknown) {
  const { code, signal } = await server.end(() => act(server));
  return { code, signal, said: server.process.stderr.split('\n').filter((line) => line.startsWith('server:')) };
}

/** Runs the same program with and without us, expects the same end, and answers the server with us. */
async function expectSameEnd(
  options: StartOptions,
  act: (server: MonitoredServer) => unknown,
): Promise<{ server: MonitoredServer; end: Awaited<ReturnType<typeof endOf>> }> {
  const [bare, server] = await Promise.all([
    MonitoredServer.stdio('v1', { ...options, instrumented: false }).then((started) => started.use(3)),
    MonitoredServer.stdio('v1', { ...options, receiver: receiver.url, spoolDir }).then((started) => started.use(3)),
  ]);
  await server.loaded();
  const [expected, end] = await Promise.all([endOf(bare, act), endOf(server, act)]);
  expect(end).toEqual(expected);
  return { server, end };
}

/** Every operation is at the receiver or in the spool, none twice. */
function expectNothingUncounted(operations: number): void {
  const arrived = received(receiver);
  const kept = spooled(spoolDir);
  expect(arrived.duplicates + kept.duplicates).toBe(0);
  expect(arrived.spans + kept.spans).toBe(operations);
  // Metrics are cumulative: what is kept holds what was sent.
  expect(Math.max(arrived.operations, kept.operations)).toBe(operations);
  expect(Math.max(arrived.sessions, kept.sessions)).toBe(1);
}

/** Path of the npm package of that name in the copy that npm itself brings along. */
function pathInNpm(name: string): string {
  const globalModules = execFileSync('npm', ['root', '--global', '--silent'], { encoding: 'utf8' }).trim();
  return createRequire(join(globalModules, 'npm', 'package.json')).resolve(name);
}

const interrupt = (server: MonitoredServer): boolean => server.process.child.kill('SIGINT');

describe('a server with its own signal handlers', () => {
  it.each([
    ['exits at once', 'exitAtOnce', 'before', 7],
    ['exits at once', 'exitAtOnce', 'after', 7],
    ['closes the server and exits', 'closeThenExit', 'before', 0],
  ] as const)(
    '%s (%s, installed %s connect) ends as without us and leaves nothing uncounted',
    async (_, handlers, moment, code) => {
      verifies('NFR-06', 'REG-01');
      const { server, end } = await expectSameEnd({ handlers, moment }, interrupt);
      expect(end).toMatchObject({ code, signal: null });
      expectNothingUncounted(server.operations);
    },
  );

  it.each(['before', 'after'] as const)(
    'delivers everything in the time its clean-up takes (installed %s connect) and ends as without us',
    async (moment) => {
      verifies('NFR-06', 'REG-01');
      const { server, end } = await expectSameEnd({ handlers: 'cleanUp', moment }, async (running) => {
        interrupt(running);
        await running.process.stderrMatch(/server: cleaning up/);
        // Initialization, its notification and three calls.
        await receiver.until(() => received(receiver).spans === 5 && received(receiver).sessions === 1);
        running.process.child.kill('SIGUSR2');
      });
      expect(end).toEqual({ code: 8, signal: null, said: ['server: cleaning up'] });
      expect(received(receiver)).toEqual(complete(server.operations));
      expect(spooled(spoolDir)).toEqual(complete(0, 0));
      expect(server.ourLines).toEqual([]);
    },
  );

  it('stays alive and measured when it ignores the signal; the session goes on and a later end still flushes', async () => {
    verifies('NFR-06', 'REG-01');
    const options = { handlers: 'ignore', receiver: receiver.url, spoolDir };
    const server = await (await MonitoredServer.stdio('v2', options)).use(3);
    await server.loaded();
    interrupt(server);
    await server.process.stderrMatch(/server: ignored/);
    await receiver.until(() => received(receiver).operations === server.operations);
    expect(received(receiver).sessions).toBe(0);
    interrupt(server);
    await server.process.stderrMatch(/server: ignored\nserver: ignored/);
    await server.call('echo', { text: 'still here' });
    expect(server.process.child.exitCode).toBeNull();
    const end = await endOf(server, ({ process }) => process.child.kill('SIGTERM'));
    expect(end).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(received(receiver)).toEqual(complete(server.operations));
    expect(spooled(spoolDir)).toEqual(complete(0, 0));
    expect(server.ourLines).toEqual([]);
  });

  it('ends by the second signal when its handler took only the first one', async () => {
    verifies('NFR-06', 'REG-01');
    const { server, end } = await expectSameEnd({ handlers: 'ignoreOnce' }, async (running) => {
      interrupt(running);
      await running.process.stderrMatch(/server: ignored once/);
      interrupt(running);
    });
    expect(end).toEqual({ code: null, signal: 'SIGINT', said: ['server: ignored once'] });
    expect(received(receiver)).toEqual(complete(server.operations));
    expect(server.discoveryFiles).toEqual([]);
  });

  it('ends by the signal it raises again after cleaning up', async () => {
    verifies('NFR-06', 'REG-01');
    const { server, end } = await expectSameEnd({ handlers: 'cleanUpThenRaise' }, ({ process }) =>
      process.child.kill('SIGTERM'),
    );
    expect(end).toEqual({ code: null, signal: 'SIGTERM', said: ['server: cleaned up'] });
    expect(received(receiver)).toEqual(complete(server.operations));
  });

  it('sees only its own listeners while a signal is handled', async () => {
    verifies('REG-01');
    const { end } = await expectSameEnd({ handlers: 'countListeners' }, async (running) => {
      interrupt(running);
      await running.process.stderrMatch(/server: listeners \d/);
      running.process.child.kill('SIGTERM');
    });
    expect(end.said).toEqual(['server: listeners 1']);
  });

  it('is not ended by a signal that is only emitted', async () => {
    verifies('REG-01');
    const options = { handlers: 'emit', receiver: receiver.url, spoolDir };
    const server = await (await MonitoredServer.stdio('v1', options)).use(1);
    await server.process.stderrMatch(/server: emitted/);
    await server.call('echo', { text: 'still here' });
    expect(await endOf(server, ({ process }) => process.child.stdin?.end())).toMatchObject({ code: 0 });
    expect(received(receiver)).toEqual(complete(server.operations));
  });
});

describe('a server that uses the npm package signal-exit', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('ends by %s as without us and leaves nothing uncounted', async (signal) => {
    verifies('NFR-06', 'REG-01');
    const env = { SIGNAL_EXIT: pathInNpm('signal-exit') };
    const { server, end } = await expectSameEnd({ handlers: 'signalExit', env }, ({ process }) =>
      process.child.kill(signal),
    );
    expect(end).toEqual({ code: null, signal, said: [`server: signal-exit saw null ${signal}`] });
    expectNothingUncounted(server.operations);
    expect(server.ourLines).toHaveLength(1);
    expect(server.discoveryFiles).toEqual([]);
  });

  it('leaves the end to another handler as without us', async () => {
    verifies('NFR-06', 'REG-01');
    const env = { SIGNAL_EXIT: pathInNpm('signal-exit') };
    const { server, end } = await expectSameEnd({ handlers: 'signalExitAndAnother', env }, interrupt);
    expect(end).toEqual({ code: 9, signal: null, said: ['server: handled', 'server: signal-exit saw 9 null'] });
    expectNothingUncounted(server.operations);
  });
});
