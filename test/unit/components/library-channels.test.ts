import diagnosticsChannel, { type TracingChannel } from 'node:diagnostics_channel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallReporter } from '../../../src/components/time/call-reporter.ts';
import { isHandshake } from '../../../src/components/time/connecting.ts';
import { followLibraries } from '../../../src/components/time/library-channels.ts';
import type { Call } from '../../../src/core/call-log.ts';
import { verifies } from '../../support/verifies.ts';

/** Writes down what is reported, as `kind name` and how it ended. */
const reported: string[] = [];
const reporter: CallReporter = {
  place: () => ({}),
  begin({ kind, name }, source, calls = 1) {
    const how = calls === 0 ? ' (around)' : calls === 1 ? '' : ` (${calls} calls)`;
    reported.push(`${kind} ${name}${how}`);
    let ended = false;
    return {
      call: {} as Call,
      end(failed) {
        if (!ended) reported.push(failed ? `failed ${source}` : `ended ${source}`);
        ended = true;
      },
    };
  },
};

let stop: () => void;
beforeAll(() => {
  stop = followLibraries(reporter);
});
beforeEach(() => {
  reported.length = 0;
});
afterAll(() => stop());

const channel = (name: string): TracingChannel<string, object> => diagnosticsChannel.tracingChannel(name);

describe('tracing channels of client libraries', () => {
  verifies('LAT-04');

  it('a promise: the call lasts until it settles', async () => {
    let finish = (_value: string): void => {};
    const pending = channel('ioredis:command').tracePromise(
      () => new Promise<string>((resolve) => (finish = resolve)),
      { command: 'get' },
    );
    expect(reported).toEqual(['cache redis']);
    finish('x');
    await pending;
    expect(reported).toEqual(['cache redis', 'ended channel']);
  });

  it('a rejection, an abort, and an exception', async () => {
    const trace = async (error: Error): Promise<void> => {
      await channel('node-redis:command')
        .tracePromise(async () => Promise.reject(error), {})
        .catch(() => {});
    };
    await trace(new Error('refused'));
    await trace(Object.assign(new Error('gone'), { name: 'AbortError' }));
    const thrower = (): never => {
      throw new Error('no such method');
    };
    expect(() => channel('node-redis:command').tracePromise(thrower, {})).toThrow();
    expect(reported.filter((text) => text !== 'cache redis')).toEqual([
      'failed channel',
      'ended channel',
      'failed channel',
    ]);
  });

  it('a callback: the call lasts until it is called, and a database is named', async () => {
    await new Promise<void>((resolve) => {
      channel('mysql2:query').traceCallback(
        (done: (error: Error | null, rows: string[]) => void) => setImmediate(() => done(null, [])),
        0,
        { database: 'shop' },
        undefined,
        () => {
          expect(reported).toEqual(['database mysql/shop', 'ended channel']);
          resolve();
        },
      );
      expect(reported).toEqual(['database mysql/shop']);
    });
  });

  it('a synchronous call ends when it returns; connecting is around calls and none itself', () => {
    expect(channel('mysql2:connect').traceSync(() => 1, {})).toBe(1);
    expect(reported).toEqual(['database mysql (around)', 'ended channel']);
  });

  it('nobody listens any more once it has stopped', () => {
    stop();
    expect(diagnosticsChannel.channel('tracing:ioredis:command:start').hasSubscribers).toBe(false);
  });
});

describe('a client of Redis', () => {
  verifies('LAT-04');
  beforeAll(() => {
    stop = followLibraries(reporter);
  });

  it('publishes a transaction as one batch: it counts as the commands in it', async () => {
    await channel('node-redis:batch').tracePromise(async () => {}, { batchMode: 'MULTI', batchSize: 3 });
    await channel('node-redis:batch').tracePromise(async () => {}, { batchMode: 'PIPELINE', batchSize: 3 });
    expect(reported).toEqual(['cache redis (3 calls)', 'ended channel', 'cache redis (around)', 'ended channel']);
  });

  it('connects because of a command: its handshake is no call, and the command is one', async () => {
    await channel('ioredis:connect').tracePromise(async () => {
      await channel('ioredis:command').tracePromise(async () => {}, { command: 'client' });
      await channel('ioredis:command').tracePromise(async () => {}, { command: 'info' });
      expect(isHandshake({ kind: 'cache', name: 'redis' })).toBe(true);
      expect(isHandshake({ kind: 'database', name: 'postgresql' })).toBe(false);
      await channel('ioredis:command').tracePromise(async () => {}, { command: 'get' });
    }, {});
    expect(isHandshake({ kind: 'cache', name: 'redis' })).toBe(false);
    await channel('ioredis:command').tracePromise(async () => {}, { command: 'info' });
    expect(reported).toEqual([
      'cache redis (around)',
      'cache redis',
      'ended channel',
      'ended channel',
      'cache redis',
      'ended channel',
    ]);
  });

  it('that goes on in the context of its connecting is not connecting any more', async () => {
    let later: Promise<void> | undefined;
    await channel('ioredis:connect').tracePromise(async () => {
      later = new Promise((resolve) => setTimeout(resolve, 5)).then(() => {
        expect(isHandshake({ kind: 'cache', name: 'redis' })).toBe(false);
      });
    }, {});
    await later;
  });
});
