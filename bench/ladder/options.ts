import { parseArgs } from 'node:util';
import type { NodeMajor } from '../../test/support/nodes.ts';
import { nodeMajors, positiveInteger } from '../support/options.ts';
import { STORAGE } from './rows.ts';
import type { Schedule } from './schedule.ts';
import { TRANSPORTS, type TransportName } from './subject.ts';

export const USAGE = `npm run bench:ladder -- [options]
  --quick             a minute or two: fewer rows and rounds, larger noise
  --node 20,24        versions of Node (default both)
  --transport NAME    in-process, stdio (default both)
  --rows a,b          only these rows, and the four the verdict needs
  --blocks N --rounds N --calls N --seed N
  --build DIR         folder of the built product (default dist)
  --against DIR       adds a row from another build
  --json FILE         writes every round
  --profile ROW       CPU profile of one row beside bare, instead of the table
  --cpuprofile FILE   keeps that profile, for the developer tools of a browser`;

/** Besides the ones the verdict needs. */
const QUICK_ROWS = [STORAGE, 'metrics-only'];

export interface LadderOptions {
  readonly help: boolean;
  readonly nodes: readonly NodeMajor[];
  readonly transports: readonly TransportName[];
  readonly rows: readonly string[] | undefined;
  /** They differ in calls: one over stdio takes a multiple of one in process. */
  readonly schedules: Readonly<Record<TransportName, Schedule>>;
  readonly build: string;
  readonly against: string | undefined;
  readonly json: string | undefined;
  readonly profile: string | undefined;
  readonly cpuProfile: string | undefined;
}

/** @throws when an option is unknown or not a positive integer */
export function readOptions(args: readonly string[]): LadderOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      node: text,
      transport: text,
      rows: text,
      blocks: text,
      rounds: text,
      calls: text,
      seed: text,
      build: { ...text, default: 'dist' },
      against: text,
      json: text,
      profile: text,
      cpuprofile: text,
    },
  });
  const { quick } = values;
  const seed = positiveInteger('seed', values.seed) ?? Date.now() % 1_000_000;
  const schedule = (calls: number): Schedule => {
    const callsPerRound = positiveInteger('calls', values.calls) ?? calls;
    return {
      blocks: positiveInteger('blocks', values.blocks) ?? (quick ? 1 : 3),
      roundsPerBlock: positiveInteger('rounds', values.rounds) ?? (quick ? 12 : 20),
      callsPerRound,
      // V8 goes on optimising a server for ten thousand calls and more.
      warmUpCalls: callsPerRound * 10,
      seed,
    };
  };
  const known: readonly string[] = TRANSPORTS;
  const transports = values.transport?.split(',') ?? TRANSPORTS;
  for (const name of transports) if (!known.includes(name)) throw new RangeError(`no transport "${name}"\n${USAGE}`);
  return {
    help: values.help,
    nodes: nodeMajors(values.node),
    transports: transports as readonly TransportName[],
    rows: values.rows?.split(',') ?? (quick ? QUICK_ROWS : undefined),
    // Short rounds: a busy neighbour then slows whole rounds, and rows that follow each other meet the same one.
    schedules: { 'in-process': schedule(4_000), stdio: schedule(1_600) },
    build: values.build,
    against: values.against,
    json: values.json,
    profile: values.profile,
    cpuProfile: values.cpuprofile,
  };
}
