import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TestRunner } from 'vitest';

const collector = new URL('../../collector/', import.meta.url);

/** What `npm run stack:install -- --full` builds. */
type BuiltProgram = 'otelcol' | 'jaeger' | 'compose' | 'linter';

/** Folders as `collector/build-from-source.sh` names them, by what they were built from. */
function folderOf(program: BuiltProgram): string {
  if (program !== 'otelcol') {
    const script = readFileSync(new URL('build-from-source.sh', collector), 'utf8');
    const version = new RegExp(`^${program.toUpperCase()}_VERSION=(\\S+)$`, 'm').exec(script)?.[1];
    return `${program}-${version}`;
  }
  const manifest = readFileSync(new URL('otel-collector/builder.yaml', collector), 'utf8');
  const hash = createHash('sha256').update(manifest).digest('hex').slice(0, 12);
  return `otelcol-${/^ {2}version: (\S+)$/m.exec(manifest)?.[1]}-${hash}`;
}

/** Whether the whole stack is to be tested: `npm run test:stack -- --full`. */
const FULL: boolean = process.env['MCP_VITALS_TEST_STACK'] === 'full';

/**
 * Path of a program built by `npm run stack:install -- --full`; call it inside the test.
 *
 * With `--full` a missing program fails the test. Without, the test is skipped and says so, whether it is there or not.
 */
export function requireBuiltProgram(program: BuiltProgram): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const path = join(cache, 'mcp-vitals', 'stack', folderOf(program), program);
  if (FULL) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      throw new Error(`${path} is missing; "npm run stack:install -- --full" builds it.`);
    }
  }
  const test = TestRunner.getCurrentTest();
  const message = `a real ${program} is only run by "npm run test:stack -- --full"`;
  if (test === undefined) throw new Error(message);
  process.stderr.write(`NOT TESTED: ${test.name}: ${message}\n`);
  test.context.skip(message);
  throw new Error(message);
}
