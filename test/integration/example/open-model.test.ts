import { describe, expect, test } from 'vitest';
import { createSchedule, runOpenModel } from '../../../examples/knowledge-base/demo/open-model.js';
import { createRandom } from '../../../examples/knowledge-base/demo/random.js';

describe('the schedule', () => {
  test('is fixed in advance, ascending, within the duration, and the same for the same seed', () => {
    const schedule = createSchedule(500, 2_000, createRandom(7));

    expect(schedule).toHaveLength(500);
    expect(schedule).toEqual(schedule.toSorted((a, b) => a - b));
    expect(Math.min(...schedule)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...schedule)).toBeLessThan(2_000);
    expect(createSchedule(500, 2_000, createRandom(7))).toEqual(schedule);
    expect(createSchedule(500, 2_000, createRandom(8))).not.toEqual(schedule);
  });
});

describe('the open model', () => {
  test('every call is sent once and keeps its own answer or failure', async () => {
    const { outcomes } = await runOpenModel(
      [0, 1, 2, 3],
      async (index) => {
        if (index === 2) throw new Error('broken');
        return { isError: index === 1 };
      },
      { maxInFlight: 10 },
    );

    expect(outcomes.toSorted((a, b) => a.index - b.index)).toMatchObject([
      { index: 0, answer: { isError: false }, late: false },
      { index: 1, answer: { isError: true }, late: false },
      { index: 2, answer: undefined, failure: new Error('broken') },
      { index: 3, answer: { isError: false } },
    ]);
  });

  test('calls do not wait for answers to earlier ones', async () => {
    const answers: (() => void)[] = [];
    const running = runOpenModel(
      [0, 1, 2],
      () =>
        new Promise((resolve) => {
          answers.push(() => resolve({}));
          if (answers.length === 3) for (const answer of answers) answer();
        }),
      { maxInFlight: 10 },
    );

    // Resolves only if all three were sent while none was answered.
    expect((await running).peakInFlight).toBe(3);
  });

  test('beyond the most allowed in flight calls wait, are counted as late, and their waiting counts as latency', async () => {
    let inFlight = 0;
    let peak = 0;
    const { outcomes, peakInFlight } = await runOpenModel(
      Array.from({ length: 6 }, () => 0),
      async () => {
        inFlight += 1;
        peak = Math.max(peak, inFlight);
        await new Promise((resolve) => setTimeout(resolve, 20));
        inFlight -= 1;
        return {};
      },
      { maxInFlight: 2 },
    );
    const byIndex = outcomes.toSorted((a, b) => a.index - b.index);

    expect([peak, peakInFlight]).toEqual([2, 2]);
    expect(byIndex.map(({ late }) => late)).toEqual([false, false, true, true, true, true]);
    // Three rounds of at least 20 ms (timers may fire a millisecond early): the last round was due at the start, too.
    expect(byIndex[5]!.latencyMs).toBeGreaterThan(byIndex[0]!.latencyMs + 30);
  });

  test('an empty schedule ends at once', async () => {
    expect(await runOpenModel([], async () => ({}), { maxInFlight: 1 })).toMatchObject({ outcomes: [] });
  });
});
