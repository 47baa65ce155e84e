import type { LiveFigures, LiveRow, LiveRows, LiveSections } from '../core/model/live.ts';
import type { OperationTally } from '../mcp/operation-tally.ts';
import type { Part } from './part.ts';
import {
  clientFigures,
  clientTotals,
  knownEntries,
  operationFigures,
  processSections,
  type SnapshotParts,
} from './snapshot.ts';

/** Slices of the sliding window: when one ends, what is in the window changes without a call. */
const SLICES = 10;

export interface LiveFiguresOptions {
  /** Asked for the figures that change. */
  readonly figures: () => Omit<SnapshotParts, 'sections'>;
  /** All parts, those listed later included. */
  readonly parts: readonly Part[];
  readonly objectives: LiveRows;
}

/** The figures of a snapshot in pieces, for those who watch. */
export function createLiveFigures({ figures, parts, objectives }: LiveFiguresOptions): LiveFigures {
  const basics = (): LiveSections => {
    const { clients, ...rest } = figures();
    const asksOthers = clients !== undefined && knownEntries(clients).length > 0;
    return { ...processSections(rest), ...(asksOthers ? { client: clientTotals(clients) } : {}) };
  };
  const rows = <Entry extends OperationTally>(
    recorder: { entries(): Iterable<Entry> },
    read: (entry: Entry, parts: SnapshotParts) => unknown,
  ): LiveRow[] => {
    const parts = figures();
    const slice = Math.floor((parts.recorder.now() * SLICES) / parts.recorder.windowMs);
    return knownEntries(recorder).map((entry) => ({
      key: entry.name,
      version: `${entry.count} ${entry.errors} ${entry.active} ${slice}`,
      read: () => read(entry, parts),
    }));
  };
  return {
    get sections() {
      return [basics, ...parts.map((part) => () => part.live?.() ?? part.snapshot?.() ?? {})];
    },
    lists: {
      operations: () => rows(figures().recorder, operationFigures),
      objectives,
      clientOperations() {
        const { clients } = figures();
        return clients === undefined ? [] : rows(clients, clientFigures);
      },
    },
  };
}
