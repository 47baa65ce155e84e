import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { REGISTER_URL, stopServers } from '../../support/instrumented-server.ts';
import { nodeBinary } from '../../support/nodes.ts';
import { verifies } from '../../support/verifies.ts';
import { call, converse, request, run } from './both.ts';

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

describe('a server whose working directory is gone', () => {
  // Node 20 waits forever for the thread of its loaders there: the server never answered.
  it('answers as without us, and hears that it is not measured', async () => {
    verifies('NFR-05');
    const script = fileURLToPath(new URL('fixtures/odd-results-v1.mjs', import.meta.url));
    const program = await nodeBinary(20);
    const end = async (before: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> => {
      const cwd = await mkdtemp(join(tmpdir(), 'mcp-vitals-gone-'));
      const command = ['-c', 'rmdir "$PWD" && exec "$@"', 'sh', program, ...before, script];
      const child = spawn('sh', command, { cwd, env: { PATH: process.env['PATH'] }, timeout: 20_000 });
      const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
      child.stdin.end(request('one', 'ping'));
      const [code] = await once(child, 'close');
      return { code, stdout: await stdout, stderr: await stderr };
    };
    const [bare, ours] = await Promise.all([end([]), end(['--import', REGISTER_URL])]);
    expect(bare).toMatchObject({ code: 0, stderr: '' });
    expect(ours).toMatchObject({ code: 0, stdout: bare.stdout });
    expect(ours.stderr).toMatch(/^mcp-vitals warn: MCP servers in ES modules are not measured: .*ENOENT.*\n$/);
  });
});
