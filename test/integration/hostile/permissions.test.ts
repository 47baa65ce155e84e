import { afterEach, describe, expect, it } from 'vitest';
import { stopServers } from '../../support/instrumented-server.ts';
import { verifies } from '../../support/verifies.ts';
import { call, converse, run } from './both.ts';

afterEach(() => stopServers());

const LINES = [call('one', 'echo'), call('two', 'no such tool')];
const READ_ONLY = ['--experimental-permission', '--allow-fs-read=*'];

/** Lines of Node about its own flag and ours. */
function ofTheServer(stderr: string): string {
  return stderr.replaceAll(/^(?:\(.*|mcp-vitals .*)\n/gm, '');
}

describe('a server under the permission model of Node 20', () => {
  // Node's loader thread is a worker; without the permission for one, registering it threw and the server did not start.
  it.each([
    ['without --allow-worker is not measured, says so once, and answers as without us', READ_ONLY, 1],
    ['with --allow-worker is measured', [...READ_ONLY, '--allow-worker'], 0],
  ])('%s', async (_, nodeArguments, warnings) => {
    verifies('NFR-05');
    const options = { nodeArguments, node: 20 } as const;
    const [plain, measured] = await Promise.all([
      run('server-v1.mjs', { ...options, instrumented: false }),
      run('server-v1.mjs', options),
    ]);
    const [bare, ours] = await Promise.all([converse(plain, LINES), converse(measured, LINES)]);
    expect({ ...ours, stderr: ofTheServer(ours.stderr) }).toEqual({ ...bare, stderr: ofTheServer(bare.stderr) });
    expect(
      ours.stderr.match(/^mcp-vitals warn: MCP servers in ES modules are not measured: .*--allow-worker/gm) ?? [],
    ).toHaveLength(warnings);
  });
});
