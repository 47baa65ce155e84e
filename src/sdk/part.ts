import type { LiveSections } from '../core/model/live.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import type { ClientOperation } from '../mcp/client/client-operation.ts';
import type { Operation } from '../mcp/operation.ts';
import type { OperationEntry } from '../mcp/operation-entry.ts';
import type { OperationTally } from '../mcp/operation-tally.ts';
import type { ProcessColumn } from '../status/history/history.ts';
import type { SeriesSource } from './series-producer.ts';

/** The optional figures of a snapshot, each filled by the part that knows them. */
export type SnapshotSections = Partial<Snapshot>;

/**
 * One room's share of the running product: what it adds to the figures, what it wants to hear of, and how it stops. Made by a
 * `create…Part` function in this folder, listed in `start.ts`, and nowhere else known.
 */
export interface Part {
  /** Streams to add to every collection. Called once per collection; reading changes nothing. */
  readonly series?: SeriesSource;
  /** Sections to add to a snapshot. */
  readonly snapshot?: () => SnapshotSections;
  /**
   * The same for those who watch, who ask every second: without what costs more than a few microseconds per operation, and
   * what is worked out anew only every few seconds as of then.
   *
   * @default what `snapshot` gives
   */
  readonly live?: () => LiveSections;
  /**
   * Figures for the history of the process, asked for every second: cheap to give, nothing merged for it. What several parts
   * give is united.
   */
  readonly gauges?: () => Readonly<Partial<Record<ProcessColumn, number>>>;
  /**
   * Hears of every operation this process has served, whatever the head sampler said, before its span is exported. On the
   * request path: adds to numbers and returns.
   *
   * @returns true when the trace of the operation is to be exported whole, although the sampler decided otherwise
   */
  readonly onFinished?: (operation: Operation, entry: OperationEntry, stagesMs: Float64Array) => boolean | undefined;
  /** Hears of every operation this process has served, once it is decided whether its trace is exported. */
  readonly onSettled?: (operation: Operation, entry: OperationEntry) => void;
  /** Hears of every operation this process has sent, in the same way. */
  readonly onSent?: (operation: ClientOperation, entry: OperationTally) => void;
  /** Begins background work, once everything is wired. */
  start?(): void;
  /** The process ends now, by whatever way: the last chance for short synchronous work. */
  ending?(): void;
  /** Ends it; idempotent. Parts stop in the reverse order of their start. */
  stop?(): void | Promise<void>;
}
