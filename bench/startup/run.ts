import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type NodeMajor, nodeBinary } from '../../test/support/nodes.ts';
import { type Build, freezeBuild } from '../support/build.ts';
import { Child } from '../support/child.ts';
import { describeMachine, machineLine } from '../support/machine.ts';
import { readPairedOptions } from '../support/options.ts';
import { endProgress, showProgress } from '../support/progress.ts';
import { seededRandom, shuffled, spreadOf } from '../support/statistics.ts';
import { createSurroundings, type Surroundings } from '../support/surroundings.ts';
import { table } from '../support/table.ts';

/** NFR-04: CPU that may be added until the first `initialize` is answered. */
const CPU_LIMIT_MS: Readonly<Record<number, number>> = { 20: 150, 22: 60, 24: 60 };
const SCRIPT = fileURLToPath(new URL('./server.mjs', import.meta.url));
const FLOOR_FLAGS = ['--import', new URL('./loader-floor.mjs', import.meta.url).href];
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'startup', version: '1.0.0' } },
};

/** CPU of the whole process and time since it was started, when the answer had been written. */
interface Start {
  readonly cpuMs: number;
  readonly elapsedMs: number;
}

async function startOnce(node: string, flags: readonly string[], surroundings: Surroundings): Promise<Start> {
  const child = Child.spawn({
    node,
    args: [...flags, SCRIPT],
    env: { ...surroundings.env, OTEL_EXPORTER_OTLP_ENDPOINT: surroundings.sinkUrl },
    piped: true,
  });
  try {
    child.stdin.write(`${JSON.stringify(INITIALIZE)}\n`);
    return (await child.first()) as Start;
  } finally {
    await child.kill();
  }
}

interface StartupResult {
  readonly nodeVersion: string;
  readonly bare: readonly Start[];
  /** With a loader that does nothing. */
  readonly floor: readonly Start[];
  readonly imported: readonly Start[];
}

async function measure(
  major: NodeMajor,
  build: Build,
  surroundings: Surroundings,
  rounds: number,
  random: () => number,
): Promise<StartupResult> {
  const node = await nodeBinary(major);
  const nodeVersion = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  const lanes = [
    { flags: [] as readonly string[], starts: [] as Start[] },
    { flags: FLOOR_FLAGS, starts: [] as Start[] },
    { flags: build.importFlags, starts: [] as Start[] },
  ] as const;
  // The first start of each reads its files from the disk.
  for (let round = 0; round <= rounds; round += 1) {
    showProgress(`Node ${nodeVersion}: round ${round} of ${rounds}`);
    for (const { flags, starts } of shuffled(lanes, random)) {
      const start = await startOnce(node, flags, surroundings);
      if (round > 0) starts.push(start);
    }
  }
  endProgress();
  const [bare, floor, imported] = lanes;
  return { nodeVersion, bare: bare.starts, floor: floor.starts, imported: imported.starts };
}

/** The table of one Node version, and whether the limit is exceeded beyond what noise explains. */
function report(
  { nodeVersion, bare, floor, imported }: StartupResult,
  limitMs: number,
): { text: string; exceeded: boolean } {
  const cpu = (starts: readonly Start[]): number[] => starts.map(({ cpuMs }) => cpuMs);
  const elapsed = (starts: readonly Start[]): number[] => starts.map(({ elapsedMs }) => elapsedMs);
  const added = spreadOf(cpu(imported).map((cpuMs, round) => cpuMs - (bare[round]?.cpuMs ?? Number.NaN)));
  const addedToMinimum = Math.min(...cpu(imported)) - Math.min(...cpu(bare));
  // A neighbour only ever adds: the difference of the minima is the better estimate, the median shows that it is one.
  const exceeded = addedToMinimum > limitMs && added.median - added.uncertainty > limitMs;
  const row = (title: string, starts: readonly Start[]): string[] => [
    title,
    Math.min(...cpu(starts)).toFixed(0),
    spreadOf(cpu(starts)).median.toFixed(0),
    Math.min(...elapsed(starts)).toFixed(0),
    spreadOf(elapsed(starts)).median.toFixed(0),
  ];
  const text = [
    `Until the first initialize is answered, Node ${nodeVersion}, ms, ${bare.length} starts each`,
    ...table([
      ['', 'CPU min', 'CPU median', 'elapsed min', 'elapsed median'],
      row('without', bare),
      row('a loader that does nothing', floor),
      row('with --import', imported),
    ]),
    `NFR-04: ${addedToMinimum.toFixed(0)} ms CPU added between the minima, ${added.median.toFixed(0)} ±${added.uncertainty.toFixed(0)} at the median of pairs; ${limitMs} ms allowed${exceeded ? ': EXCEEDED' : ''}`,
  ].join('\n');
  return { text, exceeded };
}

async function main(): Promise<void> {
  const options = readPairedOptions(process.argv.slice(2), { rounds: 20 });
  const build = freezeBuild(options.build);
  const surroundings = await createSurroundings();
  try {
    console.log(machineLine(describeMachine()));
    const random = seededRandom(options.seed);
    const results: StartupResult[] = [];
    for (const major of options.nodes) {
      const result = await measure(major, build, surroundings, options.rounds, random);
      const { text: lines, exceeded } = report(result, CPU_LIMIT_MS[major] ?? Number.POSITIVE_INFINITY);
      console.log(`\n${lines}`);
      if (exceeded) process.exitCode = 1;
      results.push(result);
    }
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
  } finally {
    await surroundings.remove();
    build.remove();
  }
}

await main();
