import { setTimeout as after } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { requireProgram } from '../../test/support/programs.ts';
import { quantile } from '../support/statistics.ts';
import { table } from '../support/table.ts';
import { type Bench, serve } from './served.ts';

const TOOLS = [10, 200];
const CALLS_PER_SECOND = 100;
/** Work of one update that must fit into a frame. */
const FRAME_LIMIT_MS = 16;
const UPDATES = 30;
/** Compiling and the first drawing are over. */
const WARM_UP_MS = 5_000;

interface Metrics {
  readonly metrics: readonly { readonly name: string; readonly value: number }[];
}

/** What bringing one update on screen costs the browser, with the charts of five minutes and the whole table. */
export async function measureFrames(bench: Bench): Promise<readonly string[]> {
  const browser = await chromium.launch({ executablePath: requireProgram('chromium'), args: ['--no-sandbox'] });
  const rows: string[][] = [];
  const problems: string[] = [];
  try {
    for (const tools of TOOLS) {
      const { child, url } = await serve({ ...bench, tools, callsPerSecond: CALLS_PER_SECOND });
      try {
        await child.ask('exercise', { times: 10 });
        const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
        await page.goto(url);
        await after(WARM_UP_MS);
        const session = await page.context().newCDPSession(page);
        await session.send('Performance.enable');
        const spent = async (): Promise<Map<string, number>> => {
          const { metrics } = (await session.send('Performance.getMetrics')) as Metrics;
          return new Map(metrics.map(({ name, value }) => [name, value]));
        };
        const before = await spent();
        const frames = (await page.evaluate(`new Promise((resolve) => {
          const durations = [];
          new PerformanceObserver((list) => {
            for (const { name, duration } of list.getEntries()) if (name === 'mcp-vitals frame') durations.push(duration);
            if (durations.length >= ${UPDATES}) resolve(durations);
          }).observe({ type: 'measure' });
        })`)) as number[];
        const later = await spent();
        const each = (name: string): string =>
          ((((later.get(name) ?? Number.NaN) - (before.get(name) ?? Number.NaN)) * 1_000) / frames.length).toFixed(1);
        const at = (q: number): string => quantile(frames, q).toFixed(1);
        rows.push([
          String(tools),
          at(0.5),
          at(0.95),
          at(1),
          each('RecalcStyleDuration'),
          each('LayoutDuration'),
          each('TaskDuration'),
        ]);
        if (quantile(frames, 0.5) > FRAME_LIMIT_MS)
          problems.push(`${tools} tools: an update takes more than ${FRAME_LIMIT_MS} ms`);
        await page.close();
      } finally {
        await child.kill();
      }
    }
  } finally {
    await browser.close();
  }
  console.log(
    [
      `\nOne update in Chromium, ms of work, ${UPDATES} updates`,
      ...table([['tools', 'script P50', 'P95', 'max', 'style', 'layout', 'all tasks'], ...rows]),
    ].join('\n'),
  );
  return problems;
}
