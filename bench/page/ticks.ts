import { setTimeout as after } from 'node:timers/promises';
import { quantile } from '../support/statistics.ts';
import { table } from '../support/table.ts';
import { openPages } from './open-pages.ts';
import { type Bench, serve } from './served.ts';
import { buildUnbundled } from './unbundled.ts';

const TOOLS = [10, 50, 200];
const CALLS_PER_SECOND = 100;
const WATCHED_MS = 4_000;
/** The reader is there. */
const WARM_UP_MS = 1_500;

interface Tick {
  readonly cpuMs: number;
  readonly longestMs: number;
}

interface Whole {
  readonly cpuMs: number;
  readonly bytes: number;
}

/**
 * What one second of the stream costs the server: CPU of taking and writing the figures, and the longest piece of it that keeps
 * requests waiting. Measured as CPU time, which other processes do not change much.
 */
export async function measureTicks({ surroundings }: Bench): Promise<void> {
  const rows: string[][] = [];
  const build = buildUnbundled();
  for (const tools of TOOLS) {
    const { child, url } = await serve({
      build,
      surroundings,
      tools,
      callsPerSecond: CALLS_PER_SECOND,
      isUnbundled: true,
    });
    const reader = openPages(url, 1, 0);
    try {
      await after(WARM_UP_MS);
      await child.ask('exercise', { times: 50 });
      await child.ask('ticks');
      const bytes = reader.bytes();
      await after(WATCHED_MS);
      const received = reader.bytes() - bytes;
      const ticks = await child.ask<Tick[]>('ticks');
      const whole = await child.ask<Whole[]>('whole', { times: 10 });
      const at = (values: readonly number[], q: number): string => quantile(values, q).toFixed(2);
      rows.push([
        String(tools),
        at(
          ticks.map(({ cpuMs }) => cpuMs),
          0.5,
        ),
        at(
          ticks.map(({ longestMs }) => longestMs),
          0.5,
        ),
        at(
          ticks.map(({ longestMs }) => longestMs),
          0.9,
        ),
        (received / ticks.length / 1_000).toFixed(0),
        at(
          whole.map(({ cpuMs }) => cpuMs),
          0.5,
        ),
        ((whole[0]?.bytes ?? Number.NaN) / 1_000).toFixed(0),
      ]);
    } finally {
      reader.close();
      await child.kill();
    }
  }
  build.remove();
  const head = ['tools', 'CPU, ms', 'longest piece, ms', 'P90', 'kB', 'all at once, ms', 'kB'];
  console.log(
    [
      `\nOne second of the stream at ${CALLS_PER_SECOND} calls a second, worked out once for all readers`,
      ...table([head, ...rows]),
    ].join('\n'),
  );
}
