import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it } from 'vitest';
import { registerRuntimeMetrics } from '../../src/runtime/runtime-metrics.ts';
import { createRuntimeSampler, type RuntimeSampler } from '../../src/runtime/runtime-sampler.ts';
import { ManualReader, stall } from '../integration/runtime/manual-reader.ts';
import { FakeClock } from '../support/fake-clock.ts';

const MAX = 'nodejs.eventloop.delay.max';
/** Node's own timer has to fire, which no fake clock can make it do. */
const nativeTimerFires = () => sleep(40);

let sampler: RuntimeSampler;
afterEach(() => sampler.stop());

function start() {
  const clock = new FakeClock();
  const readers = [new ManualReader(), new ManualReader()] as const;
  const provider = new MeterProvider({ readers: [...readers] });
  sampler = createRuntimeSampler({ clock });
  registerRuntimeMetrics(provider.getMeter('test'), sampler);
  sampler.start();
  return { clock, readers, tick: () => clock.advance(1000) };
}

describe('an event-loop stall of 300 ms', () => {
  it('is seen in full by a reader although another reader collects first and often', async () => {
    const { readers, tick } = start();
    const [busy, quiet] = readers;
    await nativeTimerFires();
    stall(300);
    await nativeTimerFires();
    tick();
    for (let read = 0; read < 5; read += 1) expect(await busy.value(MAX)).toBeGreaterThanOrEqual(0.29);
    for (let second = 0; second < 14; second += 1) {
      await nextTurn();
      tick();
      expect(await busy.value(MAX)).toBeGreaterThanOrEqual(0.29);
    }
    expect(await quiet.value(MAX)).toBe(await busy.value(MAX));
  });

  it('is forgotten after two windows of 15 s', async () => {
    const { readers, clock, tick } = start();
    await nativeTimerFires();
    stall(300);
    await nativeTimerFires();
    tick();
    expect(await readers[0].value(MAX)).toBeGreaterThanOrEqual(0.29);
    clock.advance(31_000);
    await nativeTimerFires();
    tick();
    // Another process may hold the machine up, but not for this long.
    for (const reader of readers) expect(await reader.value(MAX)).toBeLessThan(0.29);
  });

  it('is seen when it begins at the very moment the window moves, where a reset loses the running interval', async () => {
    const { readers, clock, tick } = start();
    await nativeTimerFires();
    clock.advance(15_000);
    stall(300);
    await nativeTimerFires();
    tick();
    for (const reader of readers) expect(await reader.value(MAX)).toBeGreaterThanOrEqual(0.29);
  });

  it('is seen when the window moves after it and before Node has recorded it', async () => {
    const { readers, clock, tick } = start();
    await nativeTimerFires();
    stall(300);
    clock.advance(15_000);
    await nativeTimerFires();
    tick();
    for (const reader of readers) expect(await reader.value(MAX)).toBeGreaterThanOrEqual(0.29);
  });
});
