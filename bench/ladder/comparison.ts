import { type Spread, spreadOf } from '../support/statistics.ts';
import { BARE, BARE_AGAIN, EVERYTHING, HAND_ROLLED, type Row } from './rows.ts';
import type { RowResult } from './schedule.ts';
import type { Round, TransportName } from './subject.ts';

export const MEASURES = ['p50Us', 'cpuUs'] as const;
export type Measure = (typeof MEASURES)[number];

/** All rows measured in one interleaved run. */
export interface Ladder {
  readonly nodeVersion: string;
  readonly transport: TransportName;
  readonly rows: readonly LadderRow[];
}

/** A row against bare and against the hand-rolled line, round by round. */
export interface LadderRow {
  readonly row: Row;
  readonly rounds: readonly Round[];
  readonly absolute: Readonly<Record<Measure, Spread>>;
  /** Over bare, in µs a call. */
  readonly added: Readonly<Record<Measure, Spread>>;
  /** Added, as a share of what the hand-rolled line at 100 % adds. */
  readonly ratio: Readonly<Record<Measure, number>>;
  readonly dropped: Readonly<Record<string, number>>;
}

export function compare(results: readonly RowResult[]): LadderRow[] {
  const bare = resultOf(results, BARE);
  const handRolled = resultOf(results, HAND_ROLLED);
  return results.map((result) => {
    const added = perMeasure((measure) => spreadOf(differences(result, bare, measure)));
    return {
      row: result.row,
      rounds: result.rounds,
      absolute: perMeasure((measure) => spreadOf(result.rounds.map((round) => round[measure]))),
      added,
      ratio: perMeasure((measure) => added[measure].median / spreadOf(differences(handRolled, bare, measure)).median),
      dropped: result.dropped,
    };
  });
}

/** Whether everything on costs more than the hand-rolled line in one measure, beyond what noise explains. */
export interface Verdict {
  readonly measure: Measure;
  /** Everything on minus hand-rolled, µs a call; negative is cheaper. */
  readonly differenceUs: number;
  /** The larger of the uncertainty of that median and what a second bare process differs from the first. */
  readonly noiseUs: number;
  readonly exceeded: boolean;
}

export function judge(results: readonly RowResult[]): Verdict[] {
  const [bare, again] = [resultOf(results, BARE), resultOf(results, BARE_AGAIN)];
  const [ours, theirs] = [resultOf(results, EVERYTHING), resultOf(results, HAND_ROLLED)];
  return MEASURES.map((measure) => {
    const difference = spreadOf(differences(ours, theirs, measure));
    const noiseUs = Math.max(difference.uncertainty, Math.abs(spreadOf(differences(again, bare, measure)).median));
    return { measure, differenceUs: difference.median, noiseUs, exceeded: difference.median > noiseUs };
  });
}

function differences(result: RowResult, base: RowResult, measure: Measure): number[] {
  return result.rounds.map((round, index) => round[measure] - (base.rounds[index]?.[measure] ?? Number.NaN));
}

function resultOf(results: readonly RowResult[], id: string): RowResult {
  const result = results.find(({ row }) => row.id === id);
  if (result === undefined) throw new RangeError(`the run has no row ${id}`);
  return result;
}

function perMeasure<Value>(of: (measure: Measure) => Value): Record<Measure, Value> {
  return { p50Us: of('p50Us'), cpuUs: of('cpuUs') };
}
