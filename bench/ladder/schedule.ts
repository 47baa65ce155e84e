import { seededRandom, shuffled } from '../support/statistics.ts';
import type { Row } from './rows.ts';
import { type Round, type Subject, type SubjectOptions, startSubject } from './subject.ts';

export interface Schedule {
  /** Times all processes are started anew: the compiler's luck differs from process to process. */
  readonly blocks: number;
  /** Rounds of one block; in each, every row takes its turn once, in a new order. */
  readonly roundsPerBlock: number;
  readonly callsPerRound: number;
  readonly warmUpCalls: number;
  readonly seed: number;
}

/** What all rounds gave for one row, in order; round `i` of two rows were taken within seconds of each other. */
export interface RowResult {
  readonly row: Row;
  readonly rounds: readonly Round[];
  /** Telemetry dropped over all blocks, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

interface Lane {
  readonly row: Row;
  readonly rounds: Round[];
  readonly dropped: Record<string, number>;
}

/** Runs all rows, interleaved round by round. */
export async function runSchedule(
  rows: readonly Row[],
  common: Omit<SubjectOptions, 'row'>,
  schedule: Schedule,
  progress: (text: string) => void,
): Promise<RowResult[]> {
  const random = seededRandom(schedule.seed);
  const lanes: Lane[] = rows.map((row) => ({ row, rounds: [], dropped: {} }));
  for (let block = 1; block <= schedule.blocks; block += 1) {
    const subjects = new Map<Lane, Subject>();
    try {
      for (const lane of lanes) {
        progress(`block ${block} of ${schedule.blocks}: warming up ${lane.row.id}`);
        const subject = await startSubject({ ...common, row: lane.row });
        subjects.set(lane, subject);
        await subject.run(schedule.warmUpCalls);
      }
      for (let round = 1; round <= schedule.roundsPerBlock; round += 1) {
        for (const [lane, subject] of shuffled([...subjects], random)) {
          progress(
            `block ${block} of ${schedule.blocks}: round ${round} of ${schedule.roundsPerBlock}, ${lane.row.id}`,
          );
          lane.rounds.push(await subject.run(schedule.callsPerRound));
        }
      }
      const calls = 1 + schedule.warmUpCalls + schedule.roundsPerBlock * schedule.callsPerRound;
      for (const [lane, subject] of subjects) {
        await assertMeasured(lane.row, subject, calls);
        for (const [reason, count] of Object.entries(await subject.dropped())) {
          lane.dropped[reason] = (lane.dropped[reason] ?? 0) + count;
        }
      }
    } finally {
      await Promise.all([...subjects.values()].map((subject) => subject.close()));
    }
  }
  return lanes;
}

/** A row that measures nothing is cheap: it must not win that way. */
export async function assertMeasured({ id }: Row, subject: Subject, calls: number): Promise<void> {
  const recorded = await subject.recorded();
  if (recorded !== undefined && recorded !== calls) throw new Error(`${id} measured ${recorded} of ${calls} calls`);
}
