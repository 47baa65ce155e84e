import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { NODE_MAJORS, nodeBinary } from './nodes.ts';

const run = promisify(execFile);

test.each(NODE_MAJORS)('Node %i is there for the tests and runs', { timeout: 300_000 }, async (major) => {
  const [binary, again] = await Promise.all([nodeBinary(major), nodeBinary(major)]);
  expect(again).toBe(binary);
  const { stdout } = await run(binary, ['-p', 'process.versions.node']);
  expect(stdout).toMatch(new RegExp(`^${major}\\.\\d+\\.\\d+\n$`));
});

test('the running Node is used where it has the version asked for', async () => {
  const running = NODE_MAJORS.find((major) => process.versions.node.startsWith(`${major}.`));
  expect(running).toBeDefined();
  if (running !== undefined) expect(await nodeBinary(running)).toBe(process.execPath);
});
