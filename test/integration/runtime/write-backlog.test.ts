import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/index.ts';
import { Instrumentation } from '../../../src/mcp/instrumentation.ts';
import { WriteBacklog } from '../../../src/mcp/write-backlog.ts';
import { createRuntimeSampler } from '../../../src/runtime/runtime-sampler.ts';
import { createPressurePart } from '../../../src/sdk/pressure-part.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { verifies } from '../../support/verifies.ts';

const ANSWER = Buffer.alloc(24 * 1024 ** 2);

describe('the backlog of answers over HTTP', () => {
  it.each([
    ['presses while a client does not read', false],
    ['of a server of our own presses nothing', true],
  ])('%s', async (_what, isOurs) => {
    verifies('THR-03');
    const clock = new FakeClock();
    const runtime = createRuntimeSampler({ clock });
    const { values: config } = await loadConfig({ env: {}, cwd: import.meta.dirname });
    const instrumentation = new Instrumentation();
    const part = createPressurePart({ config, clock, instrumentation, runtime, isOurs: () => isOurs });
    part.start?.();
    const server = createServer((_request, response) => response.end(ANSWER)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
    const backlog = () => {
      clock.advance(5000);
      return part.snapshot?.().pressure?.causes.find(({ cause }) => cause === 'transport_backlog')?.value;
    };
    try {
      const arrived = once(server, 'request');
      client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await arrived;
      if (isOurs) {
        expect(backlog()).toBe(0);
        return;
      }
      expect(backlog()).toBeGreaterThan(0.4);
      let received = 0;
      await new Promise<void>((resolve) => {
        client.on('data', (chunk) => {
          received += chunk.length;
          if (received >= ANSWER.length) resolve();
        });
        client.resume();
      });
      await nextTurn();
      clock.advance(60_000);
      expect(backlog()).toBeCloseTo(0, 6);
    } finally {
      await part.stop?.();
      runtime.stop();
      client.destroy();
      server.close();
    }
  });
});

describe('a backlog', () => {
  it('counts of each stream what waited at the last look and still does', () => {
    const backlog = new WriteBacklog();
    const held = { writableLength: 500, destroyed: false };
    backlog.follow(held);
    backlog.follow(held);
    expect(backlog.standingBytes()).toBe(0);
    expect(backlog.standingBytes()).toBe(500);
    held.writableLength = 900;
    expect(backlog.standingBytes()).toBe(500);
    held.writableLength = 20;
    expect(backlog.standingBytes()).toBe(20);
    held.destroyed = true;
    expect(backlog.standingBytes()).toBe(0);
  });

  it('ignores what is no stream, and follows at most 4,096', () => {
    const backlog = new WriteBacklog();
    backlog.follow(undefined);
    backlog.follow({});
    const streams = Array.from({ length: 5000 }, () => ({ writableLength: 1 }));
    for (const stream of streams) backlog.follow(stream);
    backlog.standingBytes();
    expect(backlog.standingBytes()).toBe(4096);
    expect(streams).toHaveLength(5000);
  });
});
