import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { TestRunner } from 'vitest';
import { newerProgram } from './built-programs.ts';

/**
 * Path of a real program a test needs (`promtool`, `prometheus`); call it inside the test.
 *
 * Where it is missing, the test fails when `CI=true`; elsewhere the test is marked as skipped and says on stderr what is
 * missing and how to get it, so that nothing is left out in silence. With `test:stack -- --full` Prometheus and Alertmanager are
 * those of the compose file, not Debian's.
 */
export function requireProgram(name: string): string {
  const newer = newerProgram(name);
  if (newer !== undefined) return newer;
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this directory.
    }
  }
  const message = `The program "${name}" is missing; "npm run stack:install" installs it.`;
  const test = TestRunner.getCurrentTest();
  if (process.env['CI'] === 'true' || test === undefined) throw new Error(message);
  process.stderr.write(`NOT TESTED: ${test.name}: ${message}\n`);
  test.context.skip(message);
  throw new Error(message);
}
