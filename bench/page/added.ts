import { loadavg } from 'node:os';
import { setTimeout as after } from 'node:timers/promises';
import { endProgress, showProgress } from '../support/progress.ts';
import { signed, table } from '../support/table.ts';
import { openPages } from './open-pages.ts';
import { type Bench, serve } from './served.ts';

/** What open pages may add: percent of one core, and milliseconds at the P99 of the event-loop delay. */
const CPU_LIMIT_PERCENT = 1;
const DELAY_LIMIT_MS = 1;
const PAGES = 10;
/** Of them, those that show one operation and ask for it every second. */
const DETAILS = 2;
const TOOLS = 50;
const CALLS_PER_SECOND = 100;
const WARM_UP_MS = 8_000;
/** Opening and closing are over. */
const SETTLE_MS = 3_000;
/** So long figures are still taken for readers who may come back, and a little more. */
const LINGER_MS = 33_000;

export interface Window {
  readonly cpuShare: number;
  readonly p99Ms: number;
  readonly meanMs: number;
  readonly calls: number;
  readonly seconds: number;
}

export interface AddedOptions {
  readonly pairs: number;
  /** How long the pages are open, and nobody looks, in each pair. */
  readonly openMs: number;
  readonly aloneMs: number;
}

export interface Added {
  readonly alone: readonly Window[];
  readonly open: readonly Window[];
  readonly problems: readonly string[];
}

interface Difference {
  readonly mean: number;
  /** Half width of the 95 % interval of the mean. */
  readonly uncertainty: number;
}

/**
 * What ten open pages add to a server at work. Windows without and with pages take turns in one process; each one with pages is
 * compared with the mean of the two beside it, so that what drifts cancels out.
 */
export async function measureAdded(bench: Bench, { pairs, openMs, aloneMs }: AddedOptions): Promise<Added> {
  const { child, url } = await serve({ ...bench, tools: TOOLS, callsPerSecond: CALLS_PER_SECOND });
  const alone: Window[] = [];
  const open: Window[] = [];
  const got = { bytes: 0, events: 0, problems: new Set<string>() };
  const window = async (ms: number): Promise<Window> => {
    await child.ask('figures');
    await after(ms);
    return await child.ask<Window>('figures');
  };
  try {
    showProgress('warming up');
    await after(WARM_UP_MS);
    alone.push(await window(aloneMs));
    for (let pair = 1; pair <= pairs; pair += 1) {
      showProgress(`pair ${pair} of ${pairs}: ${PAGES} pages for ${openMs / 1_000} s`);
      const pages = openPages(url, PAGES, DETAILS);
      await after(SETTLE_MS);
      open.push(await window(openMs));
      pages.close();
      got.bytes += pages.bytes();
      got.events += pages.events();
      for (const problem of pages.problems()) got.problems.add(problem);
      showProgress(`pair ${pair} of ${pairs}: waiting until nothing is taken any more`);
      await after(LINGER_MS);
      showProgress(`pair ${pair} of ${pairs}: nobody looks for ${aloneMs / 1_000} s`);
      alone.push(await window(aloneMs));
      endProgress();
      const added = (of: (window: Window) => number): string => signed(differences(alone, open, of).at(-1) ?? 0, 2);
      console.log(
        `pair ${pair} of ${pairs}: ${added(({ cpuShare }) => cpuShare * 100)} % of a core, ${added(({ p99Ms }) => p99Ms)} ms at the P99 of the event-loop delay`,
      );
    }
  } finally {
    endProgress();
    await child.kill();
  }

  const rowOf = (name: string, of: (window: Window) => number): string[] => {
    const { mean, uncertainty } = summary(differences(alone, open, of));
    return [
      name,
      average(alone.map(of)).toFixed(2),
      average(open.map(of)).toFixed(2),
      signed(mean, 2),
      `±${uncertainty.toFixed(2)}`,
    ];
  };
  const seconds = open.reduce((sum, window) => sum + window.seconds, 0);
  const perSecond = average(open.map(({ calls, seconds: of }) => calls / of));
  console.log(
    [
      `\n${PAGES} pages, ${DETAILS} of them on one operation, open for ${seconds.toFixed(0)} s at ${perSecond.toFixed(0)} calls a second of ${TOOLS} tools`,
      ...table([
        ['', 'no page', `${PAGES} pages`, 'added', '95 %'],
        rowOf('CPU, % of one core', ({ cpuShare }) => cpuShare * 100),
        rowOf('event-loop delay P99, ms', ({ p99Ms }) => p99Ms),
        rowOf('event-loop delay mean, ms', ({ meanMs }) => meanMs),
      ]),
      `the pages got ${got.events} events and ${(got.bytes / 1e6).toFixed(1)} MB; load ${(loadavg()[0] ?? Number.NaN).toFixed(2)} at the end`,
    ].join('\n'),
  );
  const isOver = (of: (window: Window) => number, limit: number): boolean => {
    const { mean, uncertainty } = summary(differences(alone, open, of));
    return mean - uncertainty > limit;
  };
  const problems = [
    ...(isOver(({ cpuShare }) => cpuShare * 100, CPU_LIMIT_PERCENT)
      ? [`more than ${CPU_LIMIT_PERCENT} % of a core added`]
      : []),
    ...(isOver(({ p99Ms }) => p99Ms, DELAY_LIMIT_MS)
      ? [`more than ${DELAY_LIMIT_MS} ms added to the event-loop delay`]
      : []),
    ...(got.events < (PAGES * seconds) / 2 ? ['the pages got too few events'] : []),
    ...got.problems,
  ];
  return { alone, open, problems };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Each window with pages against the mean of the windows before and after it. */
function differences(alone: readonly Window[], open: readonly Window[], of: (window: Window) => number): number[] {
  return open.map((window, at) => of(window) - average(alone.slice(at, at + 2).map(of)));
}

/** Quantiles of Student's distribution for 95 %, by degrees of freedom; beyond, the normal one. */
const STUDENT = [Number.POSITIVE_INFINITY, 12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23];

function summary(sample: readonly number[]): Difference {
  const mean = average(sample);
  const variance = sample.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (sample.length - 1);
  return { mean, uncertainty: (STUDENT[sample.length - 1] ?? 1.96) * Math.sqrt(variance / sample.length) };
}
