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

  it('with the shape of DataLoader is watched in place, with its answers as they are', async () => {
    const clock = new FakeClock();
    const all = watched({ now: () => clock.now() });
    let fails = false;
    const loader = {
      _maxBatchSize: 100,
      _batchLoadFn: async (keys: readonly number[]): Promise<string[]> => {
        clock.advance(50);
        if (fails) throw new Error('no embeddings');
        return keys.map(String);
      },
    };
    all.batches.watch('embeddings', loader);
    expect(await loader._batchLoadFn([1, 2, 3])).toEqual(['1', '2', '3']);
    fails = true;
    await expect(loader._batchLoadFn([1])).rejects.toThrow('no embeddings');
    expect(all.batches.tallies.all()[0]?.snapshot()).toMatchObject({
      batches: 2,
      items: 3,
      errors: 1,
      meanDurationSeconds: 0.05,
    });
    expect(all.batches.watch('odd', {})).toBeUndefined();
    expect(all.lines).toHaveLength(1);
  });
});
