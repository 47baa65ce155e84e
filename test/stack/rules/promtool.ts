import { spawn } from 'node:child_process';
import { requireProgram } from '../../support/programs.ts';

/** What a run of promtool ended with. */
export interface PromtoolResult {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the installed promtool. */
export async function promtool(...parameters: readonly string[]): Promise<PromtoolResult> {
  const child = spawn(requireProgram('promtool'), parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, output };
}
