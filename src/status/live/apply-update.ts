import type { Snapshot } from '../../core/model/snapshot.ts';

/**
 * What an `update` of the stream says: a section replaces the one of its name, null says that it is gone, and in the lists
 * `operations`, `objectives` and `client.operations` a row replaces the one of its name or id, or is new.
 */
export type SnapshotUpdate = { readonly [Section in keyof Snapshot]?: Snapshot[Section] | null };

/** A snapshot with an update applied. What did not change is the same object as before. */
export function applyUpdate(snapshot: Snapshot, update: SnapshotUpdate): Snapshot {
  const { operations, objectives, client, ...sections } = update;
  const next: Record<string, unknown> = { ...snapshot, ...sections };
  for (const [name, value] of Object.entries(sections)) if (value === null) delete next[name];
  if (operations) next['operations'] = withRows(snapshot.operations, operations, ({ name }) => name);
  if (objectives) next['objectives'] = withRows(snapshot.objectives ?? [], objectives, ({ id }) => id);
  if (client === null) delete next['client'];
  else if (client !== undefined) {
    const known = snapshot.client?.operations ?? [];
    next['client'] = { ...client, operations: withRows(known, client.operations, ({ name }) => name) };
  }
  return next as unknown as Snapshot;
}

function withRows<Row>(known: readonly Row[], changed: readonly Row[], keyOf: (row: Row) => string): readonly Row[] {
  if (changed.length === 0) return known;
  const byKey = new Map(changed.map((row) => [keyOf(row), row]));
  const rows = known.map((row) => {
    const key = keyOf(row);
    const newer = byKey.get(key);
    if (newer === undefined) return row;
    byKey.delete(key);
    return newer;
  });
  return byKey.size === 0 ? rows : [...rows, ...byKey.values()];
}
