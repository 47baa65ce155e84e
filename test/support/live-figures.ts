import type { LiveFigures, LiveRow } from '../../src/core/model/live.ts';
import type { Snapshot } from '../../src/core/model/snapshot.ts';

/** A snapshot in pieces, taken once for all of them; a row's version is what it says. */
export function liveFigures(snapshot: () => Snapshot): LiveFigures {
  const row = (key: string, value: unknown): LiveRow => ({ key, version: JSON.stringify(value), read: () => value });
  let taken: Snapshot | undefined;
  const latest = (): Snapshot => taken ?? snapshot();
  return {
    sections: [
      () => {
        taken = snapshot();
        const { operations: _, objectives: __, windows: ___, client, ...sections } = taken;
        if (client === undefined) return sections;
        const { operations: ____, ...rest } = client;
        return { ...sections, client: rest };
      },
    ],
    lists: {
      operations: () => latest().operations.map((operation) => row(operation.name, operation)),
      objectives: () => (latest().objectives ?? []).map((objective) => row(objective.id, objective)),
      clientOperations: () => (latest().client?.operations ?? []).map((operation) => row(operation.name, operation)),
    },
  };
}
