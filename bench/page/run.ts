import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freezeBuild } from '../support/build.ts';
import { Child } from '../support/child.ts';
import { describeMachine, machineLine } from '../support/machine.ts';
import { positiveInteger } from '../support/options.ts';
import { endProgress, showProgress } from '../support/progress.ts';
import { type Spread, spreadOf } from '../support/statistics.ts';
import { createSurroundings } from '../support/surroundings.ts';
import { signed, table } from '../support/table.ts';
import { type OpenPages, openPages } from './open-pages.ts';

/** What open pages may add: percent of one core, and milliseconds at the P99 of the event-loop delay. */
const CPU_LIMIT_PERCENT = 1;
const DELAY_LIMIT_MS = 1;
const PAGES = 10;
/** Of them, those that show one operation and ask for it every second. */
const DETAILS = 2;
const SLICE_MS = 2_000;
const WARM_UP_MS = 5_000;
/** Opening and closing are over. */
const SETTLE_MS = 1_500;
/** So long figures are still taken for readers who may come back, and a little more. */
const LINGER_MS = 32_000;
const SCRIPT = fileURLToPath(new URL('./children/server.mjs', import.meta.url));
/** Each way round once, so that what drifts cancels out. */
const BLOCK = [false, true, true, false];

interface Slice {
  readonly cpuShare: number;
  readonly p99Ms: number;
  readonly calls: number;
}

function added(without: Spread, open: Spread): { readonly value: number; readonly noise: number } {
  return { value: open.median - without.median, noise: Math.hypot(open.uncertainty, without.uncertainty) };
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    long: { type: 'boolean', default: false },
    build: { type: 'string', default: 'dist' },
    json: { type: 'string' },
  },
});
const rounds = positiveInteger('rounds', values.rounds) ?? (values.long ? 1 : 2);
const slices = values.long ? 150 : 5;

console.log(machineLine(describeMachine()));
const build = freezeBuild(values.build);
const surroundings = await createSurroundings();
const child = Child.spawn({
  node: process.execPath,
  args: [...build.importFlags, SCRIPT, build.folder],
  env: surroundings.env,
});
let pages: OpenPages | undefined;
try {
  await child.first();
  const url = await child.ask<string>('started');
  await after(WARM_UP_MS);
  const measured: Record<'without' | 'open', Slice[]> = { without: [], open: [] };
  const got = { bytes: 0, snapshots: 0, problems: [] as string[] };
  for (let round = 1; round <= rounds; round += 1) {
    for (const open of BLOCK) {
      showProgress(`round ${round} of ${rounds}: ${open ? PAGES : 0} pages`);
      if (open && pages === undefined) {
        pages = openPages(url, PAGES, DETAILS);
        await after(SETTLE_MS);
      } else if (!open && pages !== undefined) {
        pages.close();
        got.bytes += pages.bytes();
        got.snapshots += pages.snapshots();
        got.problems.push(...pages.problems());
        pages = undefined;
        await after(LINGER_MS);
      }
      await child.ask('figures');
      for (let slice = 0; slice < slices; slice += 1) {
        await after(SLICE_MS);
        measured[open ? 'open' : 'without'].push(await child.ask<Slice>('figures'));
      }
    }
  }
  endProgress();

  const spreads = (of: (slice: Slice) => number) => ({
    without: spreadOf(measured.without.map(of)),
    open: spreadOf(measured.open.map(of)),
  });
  const cpu = spreads(({ cpuShare }) => cpuShare * 100);
  const delay = spreads(({ p99Ms }) => p99Ms);
  const calls = spreads((slice) => (slice.calls * 1_000) / SLICE_MS);
  const row = (name: string, { without, open }: typeof cpu): string[] => {
    const { value, noise } = added(without, open);
    const iqr = `${without.q1.toFixed(2)}..${without.q3.toFixed(2)}`;
    return [name, without.median.toFixed(2), iqr, open.median.toFixed(2), signed(value, 2), `±${noise.toFixed(2)}`];
  };
  const openSeconds = (measured.open.length * SLICE_MS) / 1_000;
  console.log(
    [
      `\n${PAGES} pages, ${DETAILS} of them on one operation, open for ${openSeconds} s at ${calls.open.median.toFixed(0)} calls a second, slices of ${SLICE_MS / 1_000} s`,
      ...table([
        ['', 'no page', 'IQR', `${PAGES} pages`, 'added', 'noise'],
        row('CPU, % of one core', cpu),
        row('event-loop delay P99, ms', delay),
      ]),
      `the pages got ${got.snapshots} snapshots and ${(got.bytes / 1e6).toFixed(1)} MB; load ${(loadavg()[0] ?? Number.NaN).toFixed(2)} at the end`,
    ].join('\n'),
  );
  const over = (figure: typeof cpu, limit: number): boolean => {
    const { value, noise } = added(figure.without, figure.open);
    return value - noise > limit;
  };
  const problems = [
    ...(over(cpu, CPU_LIMIT_PERCENT) ? [`more than ${CPU_LIMIT_PERCENT} % of a core added`] : []),
    ...(over(delay, DELAY_LIMIT_MS) ? [`more than ${DELAY_LIMIT_MS} ms added to the event-loop delay`] : []),
    ...(got.snapshots < PAGES * rounds ? ['the pages got no snapshots'] : []),
    ...new Set(got.problems),
  ];
  for (const problem of problems) console.error(`FAILED: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(measured, null, 2)}\n`);
} finally {
  pages?.close();
  await child.kill();
  await surroundings.remove();
  build.remove();
}
