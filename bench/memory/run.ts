import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { nodeBinary } from '../../test/support/nodes.ts';
import { type Build, freezeBuild } from '../support/build.ts';
import { Child } from '../support/child.ts';
import { describeMachine, machineLine } from '../support/machine.ts';
import { readPairedOptions } from '../support/options.ts';
import { PipeTransport } from '../support/pipe-transport.ts';
import { endProgress, showProgress } from '../support/progress.ts';
import { seededRandom, shuffled, spreadOf } from '../support/statistics.ts';
import { createSurroundings, type Surroundings } from '../support/surroundings.ts';
import { signed, table } from '../support/table.ts';

/** NFR-03: resident memory that may be added after warm-up with ten tools. */
const RSS_LIMIT_MB = 30;
const SCRIPT = fileURLToPath(new URL('./server.mjs', import.meta.url));
const TOOLS = 10;
const IN_FLIGHT = 10;
/** The young generation grows with the first thousands of calls, in both servers. */
const WARM_UP_CALLS = 20_000;
const SCRAPES = 5;
/** Time for exports and timers to come to rest. */
const SETTLE_MS = 1_500;
const BYTES_PER_MB = 1_000_000;

const FIGURES = ['rss', 'rssCollected', 'heapUsed', 'external'] as const;
type Memory = Readonly<Record<(typeof FIGURES)[number], number>>;

async function memoryOf(node: string, build: Build | undefined, surroundings: Surroundings): Promise<Memory> {
  const child = Child.spawn({
    node,
    args: ['--expose-gc', ...(build?.importFlags ?? []), SCRIPT, ...(build === undefined ? [] : [build.folder])],
    env: build === undefined ? {} : { ...surroundings.env, OTEL_EXPORTER_OTLP_ENDPOINT: surroundings.sinkUrl },
    piped: true,
  });
  try {
    await child.first();
    const client = new Client({ name: 'memory', version: '1.0.0' });
    await client.connect(new PipeTransport(child));
    const statusUrl = await child.ask<string | undefined>('started');
    for (let call = 0; call < WARM_UP_CALLS; call += IN_FLIGHT) {
      const calls = Array.from({ length: IN_FLIGHT }, (_, index) =>
        client.callTool({ name: `tool-${(call + index) % TOOLS}`, arguments: { text: `hello ${call}` } }),
      );
      await Promise.all(calls);
    }
    for (let scrape = 0; statusUrl !== undefined && scrape < SCRAPES; scrape += 1) {
      await (await fetch(new URL('/metrics', statusUrl))).text();
    }
    await after(SETTLE_MS);
    return await child.ask<Memory>('memory');
  } finally {
    await child.kill();
  }
}

interface MemoryResult {
  readonly nodeVersion: string;
  readonly bare: readonly Memory[];
  readonly imported: readonly Memory[];
}

function report({ nodeVersion, bare, imported }: MemoryResult): { text: string; exceeded: boolean } {
  const figures = FIGURES.map((figure) => {
    const megabytes = (runs: readonly Memory[]): number[] => runs.map((memory) => memory[figure] / BYTES_PER_MB);
    const without = megabytes(bare);
    const added = spreadOf(megabytes(imported).map((value, run) => value - (without[run] ?? Number.NaN)));
    return { figure, without: spreadOf(without), added };
  });
  const resident = figures[0]?.added;
  const exceeded = resident !== undefined && resident.median - resident.uncertainty > RSS_LIMIT_MB;
  const text = [
    `After ${WARM_UP_CALLS} calls of ${TOOLS} tools and ${SCRAPES} scrapes, Node ${nodeVersion}, MB, ${bare.length} processes each`,
    ...table([
      ['', 'without', 'added', 'IQR'],
      ...figures.map(({ figure, without, added }) => [
        figure,
        without.median.toFixed(1),
        signed(added.median),
        `${added.q1.toFixed(1)}..${added.q3.toFixed(1)}`,
      ]),
    ]),
    `NFR-03: ${resident?.median.toFixed(1)} MB resident added, ${RSS_LIMIT_MB} MB allowed${exceeded ? ': EXCEEDED' : ''}`,
  ].join('\n');
  return { text, exceeded };
}

async function main(): Promise<void> {
  const options = readPairedOptions(process.argv.slice(2), { rounds: 7 });
  const build = freezeBuild(options.build);
  const surroundings = await createSurroundings();
  try {
    console.log(machineLine(describeMachine()));
    const random = seededRandom(options.seed);
    const results: MemoryResult[] = [];
    for (const major of options.nodes) {
      const node = await nodeBinary(major);
      const nodeVersion = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
      const bare: Memory[] = [];
      const imported: Memory[] = [];
      for (let round = 1; round <= options.rounds; round += 1) {
        showProgress(`Node ${nodeVersion}: round ${round} of ${options.rounds}`);
        for (const lane of shuffled([bare, imported], random)) {
          lane.push(await memoryOf(node, lane === imported ? build : undefined, surroundings));
        }
      }
      endProgress();
      const { text: lines, exceeded } = report({ nodeVersion, bare, imported });
      console.log(`\n${lines}`);
      if (exceeded) process.exitCode = 1;
      results.push({ nodeVersion, bare, imported });
    }
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
  } finally {
    await surroundings.remove();
    build.remove();
  }
}

await main();
