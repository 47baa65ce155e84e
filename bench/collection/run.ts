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

/** Collecting may make the event loop this much later at P99, and take one turn of it at most so long. */
const LIMIT_MS = 1;
const SERIES_WANTED = 1000;
const PHASE_MS = 5000;
/** As often as rules are evaluated, and far more often than anybody scrapes. */
const COLLECT_EVERY_MS = 1000;
/** Compression has a thread of its own, whose CPU time cannot be told from that of the turns meanwhile. */
const UNCOMPRESSED = { 'accept-encoding': 'identity' };
const SCRIPT = fileURLToPath(new URL('./children/server.mjs', import.meta.url));

interface Phase {
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly cpuMsPerSecond: number;
  readonly longestTurnsMs: readonly number[];
  readonly forbidden: readonly (readonly [name: string, calls: number])[];
}

async function ask<Answer>(child: ChildProcess, message: string): Promise<Answer> {
  const answer = once(child, 'message');
  child.send(message);
  return ((await answer) as [Answer])[0];
}

async function statusUrl(discoveryDir: string): Promise<string> {
  let name: string | undefined;
  for (let attempt = 0; name === undefined && attempt < 100; attempt += 1) {
    name = (await readdir(discoveryDir).catch(() => [])).find((file) => file.endsWith('.json'));
    if (name === undefined) await sleep(100);
  }
  if (name === undefined) throw new Error('the server has no status endpoint');
  const [entry] = JSON.parse(await readFile(join(discoveryDir, name), 'utf8')) as [{ labels: { url: string } }];
  return entry.labels.url;
}

/** While everything is collected and printed for Prometheus again and again, or nothing is. */
async function during(url: string | undefined): Promise<void> {
  const end = performance.now() + PHASE_MS;
  while (performance.now() < end) {
    const next = performance.now() + COLLECT_EVERY_MS;
    if (url !== undefined) await (await fetch(`${url}/metrics`, { headers: UNCOMPRESSED })).text();
    await sleep(Math.max(0, next - performance.now()));
  }
}

/** Delay and CPU time are measured by themselves: what looks for the longest turn keeps the process busy. */
async function phase({ child, url }: Subject): Promise<Phase> {
  await ask(child, 'begin delay');
  await during(url);
  const delayed = await ask<Omit<Phase, 'longestTurnsMs'>>(child, 'end delay');
  await ask(child, 'begin turns');
  await during(url);
  return { ...delayed, ...(await ask<Pick<Phase, 'longestTurnsMs'>>(child, 'end turns')) };
}

/** What a phase is measured of. */
interface Subject {
  readonly child: ChildProcess;
  /** Where it is asked for everything; `undefined` for nobody asking. */
  readonly url: string | undefined;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    tools: { type: 'string', default: '40' },
    build: { type: 'string', default: 'dist' },
  },
});
console.log(machineLine(describeMachine()));
const build = freezeBuild(values.build);
const children: ChildProcess[] = [];
const ends: (() => unknown)[] = [() => build.remove()];

/** A server, and where its metrics are. */
async function startServer(env: Record<string, string>): Promise<{ child: ChildProcess; url: string }> {
  const surroundings = await createSurroundings();
  ends.push(() => surroundings.remove());
  const child = fork(SCRIPT, {
    execArgv: [...build.importFlags],
    env: {
      ...process.env,
      ...surroundings.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: surroundings.sinkUrl,
      TOOLS: values.tools,
      ...env,
    },
  });
  children.push(child);
  await once(child, 'message');
  return { child, url: await statusUrl(surroundings.env['MCP_VITALS_DISCOVERY_DIR'] ?? '') };
}

try {
  const [quiet, ruled] = [await startServer({ MCP_VITALS_ALERTS: 'false' }), await startServer({})];
  const text = await (await fetch(`${quiet.url}/metrics`)).text();
  // A histogram is one series to us, however many lines it has.
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.includes('_bucket{'));
  const series = lines.filter((line) => !/^\w+_sum[{ ]/.test(line)).length;
  const subjects: readonly (readonly [string, Subject])[] = [
    ['nothing collected', { child: quiet.child, url: undefined }],
    ['collected and printed every second', quiet],
    ['collected for the rules every second', { child: ruled.child, url: undefined }],
  ];
  const phases = subjects.map((): Phase[] => []);
  const rounds = Number(values.rounds);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, [, subject]] of subjects.entries()) {
      showProgress(`round ${round} of ${rounds}`);
      const measured = await phase(subject);
      // In the first round functions are compiled.
      if (round > 0) phases[index]?.push(measured);
    }
  }
  endProgress();

  type Figure = (phase: Phase) => number;
  const p99: Figure = ({ p99Ms }) => p99Ms;
  const cpu: Figure = ({ cpuMsPerSecond }) => cpuMsPerSecond;
  // The middle of the seconds: in some of them garbage of before is collected, too.
  const turn: Figure = ({ longestTurnsMs }) => spreadOf(longestTurnsMs).median;
  const middle = (of: readonly Phase[], figure: Figure): number => spreadOf(of.map(figure)).median;
  const row = (name: string, of: readonly Phase[]): string[] => [
    name,
    ...[p99, ({ maxMs }: Phase) => maxMs, cpu, turn].map((figure) => middle(of, figure).toFixed(2)),
  ];
  const rows = [
    ['', 'delay P99 ms', 'delay max ms', 'CPU ms a second', 'longest turn, CPU ms'],
    ...subjects.map(([name], index) => row(name, phases[index] ?? [])),
  ];
  console.log([`\nevent loop and CPU time with ${series} series:`, ...table(rows)].join('\n'));

  const [idle = [], printed = [], judged = []] = phases;
  const added = spreadOf(printed.map((one, round) => p99(one) - p99(idle[round] as Phase)));
  console.log(
    `added to the delay at P99 by collecting and printing: ${added.median.toFixed(2)} ms (±${added.uncertainty.toFixed(2)})`,
  );
  for (const [name, collecting] of [
    ['collecting and printing', printed],
    ['the rules', judged],
  ] as const) {
    const cost = spreadOf(collecting.map((one, round) => cpu(one) - cpu(idle[round] as Phase)));
    console.log(`CPU of ${name}, each time: ${cost.median.toFixed(2)} ms (±${cost.uncertainty.toFixed(2)})`);
  }

  const forbidden = phases.flat().flatMap((each) => each.forbidden.map(([name]) => name));
  const turns = [printed, judged].map((of) => spreadOf(of.map((one, round) => turn(one) - turn(idle[round] as Phase))));
  const [byPrinting, byRules] = turns.map(
    ({ median, uncertainty }) => `${median.toFixed(2)} ms (±${uncertainty.toFixed(2)})`,
  );
  console.log(`added to the longest turn: ${byPrinting} by collecting and printing, ${byRules} by the rules`);
  const problems = [
    ...(series < SERIES_WANTED ? [`only ${series} of ${SERIES_WANTED} series`] : []),
    ...(forbidden.length > 0 ? [`synchronous or child process: ${[...new Set(forbidden)].join(', ')}`] : []),
    ...(added.median - added.uncertainty > LIMIT_MS ? [`more than ${LIMIT_MS} ms added to the delay at P99`] : []),
    ...(turns.some(({ median, uncertainty }) => median - uncertainty > LIMIT_MS)
      ? [`more than ${LIMIT_MS} ms added to the longest turn`]
      : []),
  ];
  for (const problem of problems) console.error(`FAILED: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  else console.log('no synchronous file access, no child process');
} finally {
  for (const child of children) child.kill();
  for (const end of ends) await end();
}
