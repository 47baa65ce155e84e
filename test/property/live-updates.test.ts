import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inTurns } from '../../src/core/in-turns.ts';
import type { LiveFigures } from '../../src/core/model/live.ts';
import type { ObjectiveSnapshot } from '../../src/core/model/objective.ts';
import type { OperationSnapshot, Snapshot } from '../../src/core/model/snapshot.ts';
import { applyUpdate, type SnapshotUpdate } from '../../src/status/live/apply-update.ts';
import { LiveState } from '../../src/status/live/live-state.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { liveFigures } from '../support/live-figures.ts';
import { verifies } from '../support/verifies.ts';
import { SNAPSHOT } from '../unit/status/snapshot.ts';

const rows = <Row>(value: fc.Arbitrary<Row>) => fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', '"\n'), value);

const world = fc.record({
  operations: rows(fc.nat(3)),
  objectives: rows(fc.constantFrom('met', 'breached')),
  asked: rows(fc.nat(2)),
  active: fc.nat(2),
  score: fc.option(fc.nat(2)),
});
type World = Parameters<Parameters<typeof world.map>[0]>[0];

function snapshotOf({ operations, objectives, asked, active, score }: World): Snapshot {
  const operation = ([name, count]: [string, number]) => ({ name, count }) as OperationSnapshot;
  const others = Object.entries(asked).map(operation);
  return {
    ...SNAPSHOT,
    requests: { active, peak: 2, queued: 0 },
    operations: Object.entries(operations).map(operation),
    objectives: Object.entries(objectives).map(([id, state]) => ({ id, state }) as ObjectiveSnapshot),
    ...(others.length === 0
      ? {}
      : { client: { operations: others, requests: { active, peak: 2 }, sessions: { active: 0, started: 0 } } }),
    ...(score === null ? {} : { health: { score } as Snapshot['health'] & object }),
  };
}

/** Lists in the order of their keys: the stream promises none. */
function ordered(snapshot: Snapshot): Snapshot {
  const byName = (list: readonly OperationSnapshot[]) => [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
  const { client } = snapshot;
  return JSON.parse(
    JSON.stringify({
      ...snapshot,
      operations: byName(snapshot.operations),
      objectives: [...(snapshot.objectives ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1)),
      ...(client === undefined ? {} : { client: { ...client, operations: byName(client.operations) } }),
    }),
  ) as Snapshot;
}

function refresh(state: LiveState): void {
  for (const _ of state.refresh(false));
}

describe('the updates of the stream', () => {
  it('applied one after the other to the first snapshot are the snapshot of each time', () => {
    verifies('DSH-02');
    fc.assert(
      fc.property(fc.array(world, { minLength: 2, maxLength: 12 }), (worlds) => {
        const clock = new FakeClock();
        let now = snapshotOf(worlds[0] as World);
        const state = new LiveState(
          liveFigures(() => now),
          clock,
        );
        let seen: Snapshot | undefined;
        for (const next of worlds) {
          now = snapshotOf(next);
          clock.advance(1_000);
          refresh(state);
          const change = state.takeChange();
          const data = JSON.parse(change?.data ?? '') as Snapshot;
          seen = change?.name === 'update' ? applyUpdate(seen as Snapshot, data as SnapshotUpdate) : data;
          expect(ordered(seen)).toEqual(ordered(now));
          expect(ordered(JSON.parse(state.snapshot()) as Snapshot)).toEqual(ordered(now));
        }
      }),
    );
  });

  it('read a row again only when its version is another, and leave what did not change as it was', () => {
    const read: string[] = [];
    const versions: Record<string, number> = { a: 1, b: 1 };
    const figures: LiveFigures = {
      sections: [() => ({ timestamp: 1, windowSeconds: 60 })],
      lists: {
        operations: () =>
          Object.entries(versions).map(([key, version]) => ({
            key,
            version: String(version),
            read: () => {
              read.push(key);
              return { name: key, count: version };
            },
          })),
        objectives: () => [],
        clientOperations: () => [],
      },
    };
    const state = new LiveState(figures, new FakeClock());
    refresh(state);
    const first = JSON.parse(state.takeChange()?.data ?? '') as Snapshot;
    versions['b'] = 2;
    refresh(state);
    const change = state.takeChange();
    expect(change).toEqual({ name: 'update', data: '{"schemaVersion":1,"operations":[{"name":"b","count":2}]}' });
    expect(read).toEqual(['a', 'b', 'b']);
    const second = applyUpdate(first, JSON.parse(change?.data ?? '') as SnapshotUpdate);
    expect(second.operations[0]).toBe(first.operations[0]);
    expect(second.operations[1]).toEqual({ name: 'b', count: 2 });
  });

  it('bring every row in time although each second there is time for a few only, the longest unread first', () => {
    const clock = new FakeClock();
    let second = 0;
    const readAt = new Map<string, number[]>();
    const row = (key: string) => ({
      key,
      version: String(second),
      read: () => {
        clock.jump(clock.now() + 0.5);
        readAt.set(key, [...(readAt.get(key) ?? []), second]);
        return { name: key };
      },
    });
    const figures: LiveFigures = {
      sections: [() => ({ timestamp: 1 })],
      lists: {
        operations: () => Array.from({ length: 100 }, (_, at) => row(`tool ${at}`)),
        objectives: () => [],
        clientOperations: () => [],
      },
    };
    const state = new LiveState(figures, clock);
    for (const _ of state.refresh(true));
    for (second = 1; second <= 60; second += 1) {
      clock.advance(1_000);
      refresh(state);
    }
    // 2.5 ms a second are five rows of half a millisecond; eight are taken in any case.
    for (const [key, seconds] of readAt) {
      const gaps = seconds.slice(1).map((at, index) => at - (seconds[index] ?? 0));
      expect([key, Math.max(...gaps) <= 13]).toEqual([key, true]);
    }
    expect(readAt.size).toBe(100);
  });
});

describe('work in turns of the event loop', () => {
  it('lets others have theirs as soon as a turn has taken its time', async () => {
    const clock = new FakeClock();
    let done = 0;
    let others = 0;
    const steps = (function* () {
      for (; done < 100; done += 1) {
        clock.jump(clock.now() + 0.1);
        yield;
      }
    })();
    const work = inTurns(steps, clock);
    while (done < 100) {
      await new Promise((resolve) => setImmediate(resolve));
      others += 1;
    }
    await work;
    expect(others).toBeGreaterThanOrEqual(30);
  });

  it('ends with the error of a step', async () => {
    const steps = (function* () {
      yield;
      throw new Error('broken');
    })();
    await expect(inTurns(steps, new FakeClock())).rejects.toThrow('broken');
  });
});
