import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TestRunner } from 'vitest';

const collector = new URL('../../collector/', import.meta.url);

/** What `npm run stack:install -- --full` builds, each in a folder with others of its source. */
const SOURCES = {
  otelcol: 'otelcol',
  jaeger: 'jaeger',
  compose: 'compose',
  linter: 'linter',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  alertmanager: 'alertmanager',
  amtool: 'alertmanager',
} as const;
type BuiltProgram = keyof typeof SOURCES;
/** Only there because they were built. */
type OnlyBuilt = Extract<BuiltProgram, 'otelcol' | 'jaeger' | 'compose' | 'linter'>;

/** Programs Debian has, too, in older versions than the compose file, by the names Debian gives them. */
const NEWER: Readonly<Record<string, BuiltProgram>> = {
  prometheus: 'prometheus',
  promtool: 'promtool',
  'prometheus-alertmanager': 'alertmanager',
  amtool: 'amtool',
};

/** Folders as `collector/build-from-source.sh` names them, by what they were built from. */
function folderOf(program: BuiltProgram): string {
  const source = SOURCES[program];
  if (source !== 'otelcol') {
    const script = readFileSync(new URL('build-from-source.sh', collector), 'utf8');
    const version = new RegExp(`^${source.toUpperCase()}_VERSION=(\\S+)$`, 'm').exec(script)?.[1];
    return `${source}-${version}`;
  }
  const manifest = readFileSync(new URL('otel-collector/builder.yaml', collector), 'utf8');
  const hash = createHash('sha256').update(manifest).digest('hex').slice(0, 12);
  return `otelcol-${/^ {2}version: (\S+)$/m.exec(manifest)?.[1]}-${hash}`;
}

/** Whether the whole stack is to be tested: `npm run test:stack -- --full`. */
const FULL: boolean = process.env['MCP_VITALS_TEST_STACK'] === 'full';

/** @throws when it was not built */
function builtPath(program: BuiltProgram): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const path = join(cache, 'mcp-vitals', 'stack', folderOf(program), program);
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    throw new Error(`${path} is missing; "npm run stack:install -- --full" builds it.`);
  }
}

/**
 * With `--full`, the program in the version of the compose file in place of Debian's; otherwise `undefined`.
 *
 * @throws with `--full`, when it was not built
 */
export function newerProgram(debianName: string): string | undefined {
  const program = NEWER[debianName];
  return FULL && program !== undefined ? builtPath(program) : undefined;
}

/**
 * Path of a program built by `npm run stack:install -- --full`; call it inside the test.
 *
 * With `--full` a missing program fails the test. Without, the test is skipped and says so, whether it is there or not.
 */
export function requireBuiltProgram(program: OnlyBuilt): string {
  if (FULL) return builtPath(program);
  const test = TestRunner.getCurrentTest();
  const message = `a real ${program} is only run by "npm run test:stack -- --full"`;
  if (test === undefined) throw new Error(message);
  process.stderr.write(`NOT TESTED: ${test.name}: ${message}\n`);
  test.context.skip(message);
  throw new Error(message);
}
