import { capText } from './display.ts';
import type { SettingPath } from './settings.ts';

/**
 * Something wrong with the configuration.
 *
 * `error`: wrong in code, thrown. `warn`: wrong in environment or file, worked around. `info`: a default gave way to a
 * value that somebody wrote.
 */
export interface ConfigProblem {
  readonly severity: 'error' | 'warn' | 'info';
  readonly origin: 'code' | 'env' | 'file';
  /** Environment variable, path of the option, or name of the file. */
  readonly name: string;
  /** The setting concerned, where it is a known one. */
  readonly path: SettingPath | undefined;
  /** What was read, capped, masked when secret. */
  readonly received: string;
  readonly expected: string;
  /** What is done instead; empty in code, where nothing is. */
  readonly used: string;
}

/** Problems kept per origin; hostile input could name thousands. */
export const MAX_PROBLEMS = 50;

const MAX_LINE_LENGTH = 600;

/** One line: `MCP_VITALS_PORT: received "abc", expected an integer …; using 9464 (default)`. */
export function formatProblem(problem: ConfigProblem): string {
  const consequence = problem.used === '' ? '' : `; ${problem.used}`;
  return capText(
    `${problem.name}: received ${problem.received}, expected ${problem.expected}${consequence}`,
    MAX_LINE_LENGTH,
  );
}
