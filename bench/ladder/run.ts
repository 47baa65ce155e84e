import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { nodeBinary } from '../../test/support/nodes.ts';
import { addModules, type Build, freezeBuild } from '../support/build.ts';
import { describeMachine, machineLine } from '../support/machine.ts';
import { endProgress, showProgress } from '../support/progress.ts';
import { createSurroundings } from '../support/surroundings.ts';
import { compare, judge, type Ladder } from './comparison.ts';
import { type LadderOptions, readOptions, USAGE } from './options.ts';
import { profileRow } from './profile-run.ts';
import { formatLadder } from './report.ts';
import { BARE, BARE_AGAIN, EVERYTHING, HAND_ROLLED, otherBuild, ROWS, type Row, rowById } from './rows.ts';
import { runSchedule } from './schedule.ts';
import type { SubjectOptions } from './subject.ts';

type Common = Omit<SubjectOptions, 'row'>;

/** Calls of a profile: enough for tens of thousands of samples. */
const PROFILED_ROUNDS = 40;

function chosenRows({ rows }: LadderOptions, against: Build | undefined): Row[] {
  for (const id of rows ?? []) rowById(id);
  const needed = [BARE, BARE_AGAIN, EVERYTHING, HAND_ROLLED];
  const chosen = ROWS.filter(({ id }) => rows === undefined || rows.includes(id) || needed.includes(id));
  return against === undefined ? chosen : [...chosen, otherBuild(against)];
}

async function eachRun(
  options: LadderOptions,
  common: Omit<Common, 'node' | 'transport'>,
  run: (common: Common, version: string) => Promise<void>,
): Promise<void> {
  for (const major of options.nodes) {
    const node = await nodeBinary(major);
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
    for (const transport of options.transports) await run({ ...common, node, transport }, version);
  }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const machine = describeMachine();
  const build = freezeBuild(options.build);
  addModules(build, options.build);
  const against = options.against === undefined ? undefined : freezeBuild(options.against);
  const surroundings = await createSurroundings();
  try {
    console.log(machineLine(machine));
    if (options.profile !== undefined) {
      const row = options.profile;
      await eachRun(options, { build, surroundings }, async (common, version) => {
        const calls = options.schedules[common.transport].callsPerRound * PROFILED_ROUNDS;
        console.log(`\n${row}, ${common.transport}, Node ${version}`);
        console.log(await profileRow({ row, calls, cpuProfile: options.cpuProfile }, common));
      });
      return;
    }
    const ladders: Ladder[] = [];
    let exceeded = false;
    await eachRun(options, { build, surroundings }, async (common, nodeVersion) => {
      const { transport } = common;
      const schedule = options.schedules[transport];
      const rows = chosenRows(options, against);
      const results = await runSchedule(rows, common, schedule, (text) =>
        showProgress(`Node ${nodeVersion}, ${transport}: ${text}`),
      );
      endProgress();
      const ladder: Ladder = { nodeVersion, transport, rows: compare(results) };
      const verdicts = judge(results);
      ladders.push(ladder);
      exceeded ||= verdicts.some((verdict) => verdict.exceeded);
      const { blocks, roundsPerBlock, callsPerRound, seed } = schedule;
      console.log(`\n${formatLadder(ladder, verdicts)}`);
      console.log(`${blocks} × ${roundsPerBlock} rounds × ${callsPerRound} calls, seed ${seed}`);
    });
    const loadAtEnd = loadavg()[0] ?? Number.NaN;
    console.log(`\nload ${loadAtEnd.toFixed(2)} at the end`);
    if (options.json !== undefined) {
      await writeFile(options.json, `${JSON.stringify({ machine: { ...machine, loadAtEnd }, ladders }, null, 2)}\n`);
    }
    if (exceeded) process.exitCode = 1;
  } finally {
    await surroundings.remove();
    build.remove();
    against?.remove();
  }
}

await main();
