import type { Snapshot } from './snapshot.ts';

/** One row of a list that goes out in pieces: an operation, an objective. */
export interface LiveRow {
  /** What it is known by within its list. */
  readonly key: string;
  /** Differs from the last time whenever `read` may: a row of the same version is not read again. */
  readonly version: string;
  /** Works the figures out. */
  read(): unknown;
}

/** Lists the rows there are; a row's figures are worked out when they are asked for. */
export type LiveRows = () => readonly LiveRow[];

/** The lists of a snapshot that grow with the number of tools. */
export interface LiveLists {
  /** By their names. */
  readonly operations: LiveRows;
  /** By their ids. */
  readonly objectives: LiveRows;
  /** What this process asks of others, by name; empty before the first request. */
  readonly clientOperations: LiveRows;
}

/** Everything of a snapshot but its long lists; `client` without its operations. The windows are left out altogether. */
export type LiveSections = Partial<Omit<Snapshot, 'operations' | 'objectives' | 'windows' | 'client'>> & {
  readonly client?: Omit<NonNullable<Snapshot['client']>, 'operations'> | undefined;
};

/** The figures of a snapshot in pieces, each of which is worked out in a small part of a millisecond. */
export interface LiveFigures {
  /** Each gives some of the sections. */
  readonly sections: readonly (() => LiveSections)[];
  readonly lists: LiveLists;
}
