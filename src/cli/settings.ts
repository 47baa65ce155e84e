import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadConfig, type ResolvedConfig } from '../config/index.ts';
import { formatProblem } from '../config/problem.ts';
import { createDiag } from '../core/diag.ts';
import { UsageError } from './command.ts';
import type { CliIo } from './io.ts';

/** The configuration a server started here would have. Problems stand in the result and are not written anywhere. */
export function readSettings(io: CliIo): Promise<ResolvedConfig> {
  return loadConfig({ env: io.env, cwd: io.cwd, diag: createDiag({ level: 'off', sink: () => {} }) });
}

/**
 * The same with the file of `--config` where one is given; problems are said on standard error.
 *
 * @throws UsageError when the file is not there: what is made from other settings than the ones named is worse than nothing
 */
export async function readNamedSettings(io: CliIo, file: string | undefined): Promise<ResolvedConfig> {
  const path = file === undefined ? undefined : resolve(io.cwd, file);
  if (path !== undefined && !(await isFile(path))) throw new UsageError(`--config: there is no file ${file}`);
  const settings = await readSettings(path === undefined ? io : { ...io, env: { ...io.env, MCP_VITALS_CONFIG: path } });
  for (const problem of settings.problems) io.stderr.write(`mcp-vitals: ${formatProblem(problem)}\n`);
  return settings;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
