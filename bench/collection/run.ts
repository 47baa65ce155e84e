import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freezeBuild } from '../support/build.ts';
import { describeMachine, machineLine } from '../support/machine.ts';
import { endProgress, showProgress } from '../support/progress.ts';
import { spreadOf } from '../support/statistics.ts';
import { createSurroundings } from '../support/surroundings.ts';
import { table } from '../support/table.ts';

/** Collecting may make the event loop this much later at P99. */
const LIMIT_MS = 1;
const SERIES_WANTED = 1000;
const PHASE_MS = 5000;
/** As often as rules are evaluated, and far more often than anybody scrapes; the maximum tells what a single one costs. */
const COLLECT_EVERY_MS = 1000;
const SCRIPT = fileURLToPath(new URL('./children/server.mjs', import.meta.url));

interface Phase {
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly samples: number;
  readonly forbidden: readonly (readonly [name: string, calls: number])[];
}

async function ask<Answer>(child: ChildProcess, message: string): Promise<Answer> {
  const answer = once(child, 'message');
  child.send(message);
  return ((await answer) as [Answer])[0];
}

async function statusUrl(discoveryDir: string): Promise<string> {
  const name = (await readdir(discoveryDir)).find((file) => file.endsWith('.json'));
  if (name === undefined) throw new Error('the server has no status endpoint');
  const [entry] = JSON.parse(await readFile(join(discoveryDir, name), 'utf8')) as [{ labels: { url: string } }];
  return entry.labels.url;
}

/** One phase, in which everything is collected and printed for Prometheus again and again, or nothing. */
async function phase(child: ChildProcess, url: string | undefined): Promise<Phase> {
  await ask(child, 'begin');
  const end = performance.now() + PHASE_MS;
  while (performance.now() < end) {
    const next = performance.now() + COLLECT_EVERY_MS;
    if (url !== undefined) await (await fetch(`${url}/metrics`)).text();
    await sleep(Math.max(0, next - performance.now()));
  }
  return await ask<Phase>(child, 'end');
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '8' }, build: { type: 'string', default: 'dist' } },
});
console.log(machineLine(describeMachine()));
const build = freezeBuild(values.build);
const surroundings = await createSurroundings();
const child = fork(SCRIPT, {
  execArgv: [...build.importFlags],
  env: {
    ...process.env,
    ...surroundings.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: surroundings.sinkUrl,
  },
});
try {
  await once(child, 'message');
  const url = await statusUrl(surroundings.env['MCP_VITALS_DISCOVERY_DIR'] ?? '');
  const text = await (await fetch(`${url}/metrics`)).text();
  // A histogram is one series to us, however many lines it has.
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.includes('_bucket{'));
  const series = lines.filter((line) => !/^\w+_sum[{ ]/.test(line)).length;
  const [idle, collecting]: [Phase[], Phase[]] = [[], []];
  const rounds = Number(values.rounds);
  for (let round = 0; round <= rounds; round += 1) {
    showProgress(`round ${round} of ${rounds}`);
    const [without, during] = [await phase(child, undefined), await phase(child, url)];
    // In the first round functions are compiled.
    if (round > 0) {
      idle.push(without);
      collecting.push(during);
    }
  }
  endProgress();

  const added = spreadOf(collecting.map(({ p99Ms }, round) => p99Ms - (idle[round]?.p99Ms ?? Number.NaN)));
  const row = (name: string, phases: readonly Phase[]): string[] => [
    name,
    spreadOf(phases.map(({ p99Ms }) => p99Ms)).median.toFixed(2),
    spreadOf(phases.map(({ maxMs }) => maxMs)).median.toFixed(2),
  ];
  const rows = [
    ['', 'P99 ms', 'max ms'],
    row('nothing collected', idle),
    row('collected and printed every second', collecting),
  ];
  const ratio = spreadOf(collecting.map(({ p99Ms }, round) => p99Ms / (idle[round]?.p99Ms ?? Number.NaN))).median;
  console.log([`\nevent-loop delay with ${series} series:`, ...table(rows)].join('\n'));
  console.log(
    `added at P99: ${added.median.toFixed(2)} ms (±${added.uncertainty.toFixed(2)}), ratio ${ratio.toFixed(2)}`,
  );

  const forbidden = [...idle, ...collecting].flatMap((each) => each.forbidden.map(([name]) => name));
  const problems = [
    ...(series < SERIES_WANTED ? [`only ${series} of ${SERIES_WANTED} series`] : []),
    ...(forbidden.length > 0 ? [`synchronous or child process: ${[...new Set(forbidden)].join(', ')}`] : []),
    ...(added.median - added.uncertainty > LIMIT_MS ? [`more than ${LIMIT_MS} ms added`] : []),
  ];
  for (const problem of problems) console.error(`FAILED: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  else console.log('no synchronous file access, no child process');
} finally {
  child.kill();
  await surroundings.remove();
  build.remove();
}
