import { describe, expect, it } from 'vitest';
import { SpanBatch, type SpanBatchOptions } from '../../../../src/exporters/otlp/span-batch.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { decodeSpans } from '../../../support/otlp-decoder.ts';
import { verifies } from '../../../support/verifies.ts';
import { breakSpan, recordSpans } from './recorded-spans.ts';
import { ScriptedSend, turn } from './scripted-send.ts';

function setUp(options: Partial<SpanBatchOptions> = {}) {
  const clock = new FakeClock();
  const network = new ScriptedSend();
  const batch = new SpanBatch({
    send: network.send,
    abort: network.abort,
    clock,
    backoff: { random: () => 0.5 },
    ...options,
  });
  batch.start();
  const sentNames = () => network.bodies.map((body) => decodeSpans(Buffer.from(body)).map(({ name }) => name));
  return { clock, network, batch, sentNames };
}

function addAll(batch: SpanBatch, count: number, prefix?: string): void {
  for (const span of recordSpans(count, prefix)) batch.add(span);
}

describe('sending', () => {
  it('sends nothing before the interval is over and everything then', async () => {
    const { clock, batch, network, sentNames } = setUp();
    addAll(batch, 2, 'op');
    clock.advance(4_999);
    expect(network.bodies).toHaveLength(0);
    clock.advance(1);
    expect(sentNames()).toEqual([['op 0', 'op 1']]);
    await network.answer();
    expect(batch.stats()).toEqual({ queued: 0, sent: 2, dropped: {} });
  });

  it('sends a full batch at once, but never in the turn of the caller who ended the span', () => {
    const { clock, batch, network } = setUp({ maxBatchSize: 3 });
    addAll(batch, 3);
    expect(network.bodies).toHaveLength(0);
    clock.advance(0);
    expect(network.bodies).toHaveLength(1);
  });

  it('has one request in flight and sends the next full batch when it is answered', async () => {
    const { clock, batch, network, sentNames } = setUp({ maxBatchSize: 2 });
    addAll(batch, 5, 'op');
    clock.advance(0);
    expect(network.inFlight).toBe(1);
    await network.answer();
    expect(network.inFlight).toBe(1);
    await network.answer();
    expect(sentNames()).toEqual([
      ['op 0', 'op 1'],
      ['op 2', 'op 3'],
    ]);
    expect(batch.stats().queued).toBe(1);
  });

  it('counts what the receiver says it rejected, and never more than was sent', async () => {
    const { clock, batch, network } = setUp();
    addAll(batch, 3);
    clock.advance(5_000);
    await network.answer({ state: 'ok', partial: { rejected: 1, message: 'too old' } });
    addAll(batch, 2);
    clock.advance(5_000);
    await network.answer({ state: 'ok', partial: { rejected: 1e9, message: 'nonsense' } });
    expect(batch.stats()).toEqual({ queued: 0, sent: 2, dropped: { rejected: 3 } });
  });

  it('drops and counts a batch the receiver refuses, and goes on with the next', async () => {
    const { clock, batch, network } = setUp({ maxBatchSize: 2 });
    addAll(batch, 4);
    clock.advance(0);
    await network.answer({ state: 'rejected', reason: 'HTTP 400' });
    await network.answer();
    expect(batch.stats()).toEqual({ queued: 0, sent: 2, dropped: { rejected: 2 } });
  });

  it('leaves out a span that cannot be serialized and sends its neighbours', async () => {
    verifies('NFR-05');
    const { clock, batch, network, sentNames } = setUp();
    const [first, second, third] = recordSpans(3, 'op');
    for (const span of [first!, breakSpan(second!), third!]) batch.add(span);
    clock.advance(5_000);
    await network.answer();
    expect(sentNames()).toEqual([['op 0', 'op 2']]);
    expect(batch.stats().dropped).toEqual({ unserializable: 1 });
  });
});

describe('a receiver that does not answer', () => {
  it('gets the same batch again after 1 s, 1.5 s, 2.25 s and so on, at most 30 s', async () => {
    verifies('NFR-05');
    const { clock, batch, network, sentNames } = setUp();
    addAll(batch, 1, 'op');
    clock.advance(5_000);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) {
      await network.answer({ state: 'retryable', reason: 'HTTP 503' });
      const failedAt = clock.now();
      while (network.inFlight === 0) clock.advance(50);
      waits.push(clock.now() - failedAt);
    }
    expect(waits.slice(0, 3)).toEqual([1_000, 1_500, 2_250]);
    expect(waits.slice(-2)).toEqual([30_000, 30_000]);
    await network.answer();
    expect(new Set(sentNames().flat())).toEqual(new Set(['op 0']));
    expect(batch.stats()).toEqual({ queued: 0, sent: 1, dropped: {} });
  });

  it('is left alone for as long as it asks, even by a flush', async () => {
    const { clock, batch, network } = setUp();
    addAll(batch, 1);
    clock.advance(5_000);
    await network.answer({ state: 'retryable', reason: 'HTTP 429', retryAfterMs: 60_000 });
    clock.advance(59_000);
    expect(await batch.flush(100)).toBe(false);
    expect(network.bodies).toHaveLength(1);
    clock.advance(1_000);
    expect(network.bodies).toHaveLength(2);
  });

  it('costs the newest spans when the bounded queue is full, and they are counted', async () => {
    verifies('NFR-05');
    const { clock, batch, network } = setUp({ maxQueueSize: 10, maxBatchSize: 4 });
    addAll(batch, 4, 'first');
    clock.advance(0);
    await network.answer({ state: 'retryable', reason: 'connect ECONNREFUSED' });
    addAll(batch, 9, 'later');
    expect(batch.stats()).toEqual({ queued: 10, sent: 0, dropped: { queue_full: 3 } });
    expect(batch.unsent().map(({ name }) => name)).toEqual([
      'first 0',
      'first 1',
      'first 2',
      'first 3',
      ...Array.from({ length: 6 }, (_, index) => `later ${index}`),
    ]);
    clock.advance(1_000);
    for (let request = 0; request < 3; request += 1) await network.answer();
    expect(batch.stats()).toEqual({ queued: 0, sent: 10, dropped: { queue_full: 3 } });
  });
});

describe('flush', () => {
  it('sends everything in as many requests as it takes', async () => {
    verifies('NFR-06');
    const { batch, network } = setUp({ maxBatchSize: 2 });
    addAll(batch, 5);
    const flushed = batch.flush(1_000);
    for (let request = 0; request < 3; request += 1) await network.answer();
    expect(await flushed).toBe(true);
    expect(batch.stats().sent).toBe(5);
  });

  it('waits for what is in flight and then sends the rest', async () => {
    const { clock, batch, network } = setUp();
    addAll(batch, 1);
    clock.advance(5_000);
    addAll(batch, 1);
    const flushed = batch.flush(1_000);
    await network.answer();
    await network.answer();
    expect(await flushed).toBe(true);
  });

  it('tries at once although a retry is pending, and gives up at the first failure', async () => {
    const { clock, batch, network } = setUp();
    addAll(batch, 1);
    clock.advance(5_000);
    await network.answer({ state: 'retryable', reason: 'HTTP 503' });
    const flushed = batch.flush(1_000);
    expect(network.inFlight).toBe(1);
    await network.answer({ state: 'retryable', reason: 'HTTP 503' });
    expect(await flushed).toBe(false);
    expect(batch.unsent()).toHaveLength(1);
  });

  it('aborts what hangs when its time is over and keeps the spans', async () => {
    verifies('NFR-06');
    const { clock, batch, network } = setUp();
    addAll(batch, 2);
    const flushed = batch.flush(1_000);
    await turn();
    clock.advance(1_000);
    expect(await flushed).toBe(false);
    expect(network.inFlight).toBe(0);
    expect(batch.unsent()).toHaveLength(2);
  });
});

describe('the end', () => {
  it('counts spans that come after the stop', () => {
    const { batch } = setUp();
    batch.stop();
    addAll(batch, 1);
    expect(batch.stats().dropped).toEqual({ shut_down: 1 });
  });

  it('gives unsent spans away once, and does not count them as sent when their answer comes late', async () => {
    const { clock, batch, network } = setUp();
    addAll(batch, 2);
    clock.advance(5_000);
    addAll(batch, 1);
    expect(batch.takeUnsent()).toHaveLength(3);
    expect(batch.takeUnsent()).toHaveLength(0);
    await network.answer();
    expect(batch.stats()).toEqual({ queued: 0, sent: 0, dropped: {} });
  });
});
