import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Figures } from '../../../examples/knowledge-base/demo/report.js';
import type { Timeline } from '../../../examples/knowledge-base/demo/timeline.js';

const DEMO = fileURLToPath(new URL('../../../examples/knowledge-base/demo.js', import.meta.url));
const BUILT = fileURLToPath(new URL('../../../dist/register.js', import.meta.url));
/** A load that a busy machine holds, too, so that only the lock makes searches slow. */
const GENTLE = ['--exit', '--json', '--duration', '6', '--rate', '30'];

export interface DemoRun {
  readonly code: number;
  readonly stderr: string;
  readonly figures: Figures & { readonly slowPhase: Timeline };
}

/** The demo as somebody runs it, the slow phase included. */
export function runDemo(env: Record<string, string> = {}): Promise<DemoRun> {
  if (!existsSync(BUILT)) throw new Error('the demo runs the built package: npm run build first');
  return new Promise((resolve, reject) => {
    const options = { timeout: 150_000, env: { ...process.env, ...env } };
    execFile(process.execPath, [DEMO, ...GENTLE], options, (error, stdout, stderr) => {
      if (stdout === '') return reject(new Error(stderr, { cause: error }));
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stderr, figures: JSON.parse(stdout) });
    });
  });
}

/** In the order they must have, whatever the delays. */
export const MILESTONES = [
  'locked',
  'first search over the objective',
  'objective missed',
  'alert firing',
  'alert resolved',
];

/** Those of the milestones that happened, in the order they did. */
export function milestonesOf({ events }: Timeline): string[] {
  return events.map(({ event }) => event).filter((event) => MILESTONES.includes(event));
}
