import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

// The file of rules was cut off and the exit code was 0.
test.runIf(existsSync('/dev/full')).each([
  ['a full disk', '"$@" > /dev/full', 1],
  ['a reader that goes', '{ "$@"; echo $? >&2; } | true', 0],
])('output to %s is told by the exit code', (_, command, code) => {
  const { status, stderr } = spawnSync('sh', ['-c', command, 'sh', process.execPath, MAIN, 'rules'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  expect(code === 0 ? Number(stderr) : status).toBe(code);
});
