import DataLoader from 'dataloader';
import { describe, expect, it } from 'vitest';
import { BatchRecorder } from '../../../../src/core/recorders.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { watched } from '../../../support/resources.ts';
import { verifies } from '../../../support/verifies.ts';

describe('a batcher', () => {
  verifies('RES-04');

  it('reports size, wait and duration of its batches; failed ones count apart', () => {
    const all = watched();
    const recorder = new BatchRecorder();
    recorder.batch({ size: 1, durationMs: 1 });
    const unwatch = all.batches.watch('embeddings', recorder);
    recorder.batch({ size: 10, waitMs: 20, durationMs: 100 });
    recorder.batch({ size: 30, waitMs: 40, durationMs: 300 });
    recorder.batch({ size: 5, durationMs: 5000, failed: true });
    recorder.batch({ size: Number.NaN, durationMs: 1 });
    const tally = all.batches.tallies.all()[0]!;
    expect(tally.snapshot()).toEqual({
      name: 'embeddings',
      batches: 3,
      items: 40,
      errors: 1,
      meanSize: 15,
      meanWaitSeconds: 0.03,
      meanDurationSeconds: 0.2,
      itemsPerBusySecond: 100,
    });
    expect(tally.failedDuration.count).toBe(1);
    unwatch?.();
    recorder.batch({ size: 1, durationMs: 1 });
    expect(tally.snapshot().batches).toBe(3);
  });

  it('of DataLoader is watched in place: size, wait and duration of what it asks at once, with its answers as they are', async () => {
    const clock = new FakeClock();
    const all = watched({ now: () => clock.now() });
    let fails = false;
    const asked: (readonly number[])[] = [];
    const load = async (keys: readonly number[]): Promise<string[]> => {
      asked.push(keys);
      clock.advance(50);
      if (fails) throw new Error('no embeddings');
      return keys.map(String);
    };
    let dispatch = (): void => {};
    const loader = new DataLoader(load, {
      maxBatchSize: 3,
      batchScheduleFn: (send) => {
        dispatch = send;
      },
    });
    const unwatch = all.batches.watch('embeddings', loader);
    const first = loader.load(1);
    clock.advance(20);
    const rest = loader.loadMany([1, 2, 3]);
    clock.advance(10);
    dispatch();
    expect([await first, await rest]).toEqual(['1', ['1', '2', '3']]);
    expect(asked).toEqual([[1, 2, 3]]);
    const tally = all.batches.tallies.all()[0]!;
    expect(tally.snapshot()).toMatchObject({
      batches: 1,
      items: 3,
      meanSize: 3,
      meanWaitSeconds: 0.03,
      meanDurationSeconds: 0.05,
      itemsPerBusySecond: 60,
    });
    fails = true;
    const failing = loader.load(4);
    dispatch();
    await expect(failing).rejects.toThrow('no embeddings');
    expect(tally.snapshot()).toMatchObject({ batches: 2, items: 3, errors: 1, meanDurationSeconds: 0.05 });
    unwatch?.();
    expect(Object.hasOwn(loader, 'load')).toBe(false);
    expect(all.batches.watch('odd', {})).toBeUndefined();
    expect(all.lines).toHaveLength(1);
  });
});
