/**
 * Runs vitest with the given arguments; `--full` among them is ours: it also runs what needs the programs that
 * `npm run stack:install -- --full` builds.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const given = process.argv.slice(2);
const isFull = given.includes('--full');
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...given.filter((argument) => argument !== '--full')], {
  stdio: 'inherit',
  env: { ...process.env, ...(isFull ? { MCP_VITALS_TEST_STACK: 'full' } : {}) },
});
process.exitCode = status ?? 1;
