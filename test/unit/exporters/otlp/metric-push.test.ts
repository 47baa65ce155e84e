import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { MetricPush, type MetricPushOptions } from '../../../../src/exporters/otlp/metric-push.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { decodePoints } from '../../../support/otlp-decoder.ts';
import { verifies } from '../../../support/verifies.ts';
import { collected, histogram, sum } from './recorded-metrics.ts';
import { ScriptedSend, turn } from './scripted-send.ts';

function setUp(options: Partial<MetricPushOptions> = {}) {
  const clock = new FakeClock();
  const network = new ScriptedSend();
  const state = { calls: 1 };
  const now = (): ResourceMetrics => collected(histogram('mcp.server.operation.duration', state.calls));
  const push = new MetricPush({
    send: network.send,
    abort: network.abort,
    collect: async () => now(),
    collectSync: now,
    clock,
    ...options,
  });
  push.start();
  const counts = () => network.bodies.map((body) => decodePoints(Buffer.from(body))[0]?.count);
  return { clock, network, push, state, counts };
}

describe('pushing', () => {
  it('sends the present state at every interval', async () => {
    const { clock, network, state, counts } = setUp({ exportIntervalMs: 10_000 });
    for (const calls of [1, 5]) {
      state.calls = calls;
      clock.advance(10_000);
      await turn();
      await network.answer();
    }
    expect(counts()).toEqual([1, 5]);
  });

  it('does not repeat a failed push: the next one supersedes it', async () => {
    const { clock, network, state, counts, push } = setUp();
    clock.advance(60_000);
    await turn();
    await network.answer({ state: 'retryable', reason: 'HTTP 503' });
    clock.advance(59_999);
    await turn();
    expect(network.bodies).toHaveLength(1);
    state.calls = 7;
    clock.advance(1);
    await turn();
    await network.answer();
    expect(counts()).toEqual([1, 7]);
    expect(push.stats()).toEqual({ sent: 1, dropped: {} });
  });

  it('skips an interval while the previous push hangs', async () => {
    const { clock, network } = setUp();
    clock.advance(60_000);
    await turn();
    clock.advance(120_000);
    await turn();
    expect(network.bodies).toHaveLength(1);
  });

  it('counts refused points, and a collection that fails', async () => {
    verifies('NFR-05');
    const errors: unknown[] = [];
    let fail = false;
    const { clock, network, push } = setUp({
      collect: async () => {
        if (fail) throw new Error('hostile callback');
        return collected(histogram('mcp.server.operation.duration', 1), sum('mcp_vitals.shed_requests', 1));
      },
      onCollectError: (error) => errors.push(error),
    });
    clock.advance(60_000);
    await turn();
    await network.answer({ state: 'rejected', reason: 'HTTP 400' });
    fail = true;
    clock.advance(60_000);
    await turn();
    expect(push.stats().dropped).toEqual({ rejected: 2, collect_failed: 1 });
    expect(errors).toEqual([new Error('hostile callback')]);
  });
});

describe('flush', () => {
  it('collects and sends once more after the push under way', async () => {
    verifies('NFR-06');
    const { clock, network, state, counts, push } = setUp();
    clock.advance(60_000);
    await turn();
    state.calls = 3;
    const flushed = push.flush(1_000);
    await network.answer();
    await turn();
    await network.answer();
    expect(await flushed).toBe(true);
    expect(counts()).toEqual([1, 3]);
  });

  it('ends in time when a callback of the user never returns', async () => {
    verifies('NFR-06');
    const { clock, push } = setUp({ collect: () => new Promise(() => {}) });
    const flushed = push.flush(1_000);
    await turn();
    clock.advance(1_000);
    expect(await flushed).toBe(false);
  });
});

describe('what is unsent when the process exits', () => {
  it('is the present state when something was recorded after the last acknowledged push', async () => {
    verifies('NFR-06');
    const { clock, network, push, state } = setUp();
    clock.advance(60_000);
    await turn();
    await network.answer();
    expect(push.takeUnsentSync()).toBeUndefined();
    state.calls = 2;
    const unsent = push.takeUnsentSync();
    expect(unsent?.points).toBe(1);
    expect(decodePoints(Buffer.from(unsent!.body))[0]?.count).toBe(2);
    expect(push.takeUnsentSync()).toBeUndefined();
  });

  it('is nothing when only figures of the process and of ourselves have moved', async () => {
    let seconds = 1;
    const now = (): ResourceMetrics =>
      collected(
        histogram('mcp.server.operation.duration', 4),
        sum('process.cpu.time', seconds),
        sum('mcp_vitals.self.exports', seconds),
      );
    const { clock, network, push } = setUp({ collect: async () => now(), collectSync: now });
    clock.advance(60_000);
    await turn();
    await network.answer();
    seconds = 2;
    expect(push.takeUnsentSync()).toBeUndefined();
  });

  it('is the last failed state where nothing can be collected synchronously', async () => {
    const { clock, network, push } = setUp({ collectSync: undefined });
    expect(push.takeUnsentSync()).toBeUndefined();
    clock.advance(60_000);
    await turn();
    await network.answer({ state: 'retryable', reason: 'HTTP 503' });
    expect(push.takeUnsentSync()?.points).toBe(1);
    expect(push.takeUnsentSync()).toBeUndefined();
  });

  it('is nothing when nothing was ever recorded', () => {
    const { push } = setUp({ collectSync: () => collected() });
    expect(push.takeUnsentSync()).toBeUndefined();
  });
});
