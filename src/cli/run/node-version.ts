import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { findProgram } from './find-program.ts';
import { quickProgramKind } from './program-kind.ts';

/** Oldest Node that can be monitored; the `engines` of the package say the same. */
export const OLDEST_NODE = '20.19.0';

const ASK_TIMEOUT_MS = 5_000;

/** Whether a version such as `20.19.1` is at least {@link OLDEST_NODE}. */
export function isSupportedNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/**
 * Version of the Node that a command will run on, such as `20.19.1`: Node itself, or a script that names it in its first
 * line, as the bins of packages, `npx` and `npm` do.
 *
 * @returns `undefined` for every other command: nothing is known about what it starts
 */
export function nodeVersionOf(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): string | undefined {
  const file = findProgram(command, env, cwd);
  if (file === undefined) return undefined;
  const kind = quickProgramKind(file);
  const isLauncher = kind === 'script' && /^(npx|npm|pnpm|yarn)(\.cmd)?$/i.test(basename(file));
  if (kind !== 'node' && kind !== 'node-script' && !isLauncher) return undefined;
  const node = kind === 'node' ? file : findProgram('node', env, cwd);
  if (node === undefined) return undefined;
  // The usual case costs no process.
  if (node === realpathSync(process.execPath)) return process.versions.node;
  const { NODE_OPTIONS: _left, ...plain } = env;
  const { stdout } = spawnSync(node, ['--version'], { env: plain, cwd, timeout: ASK_TIMEOUT_MS, encoding: 'utf8' });
  return /^v(\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1];
}
