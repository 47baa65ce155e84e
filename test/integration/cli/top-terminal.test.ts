import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { InstrumentedServer } from '../../support/instrumented-server.ts';
import { requireProgram } from '../../support/programs.ts';
import { verifies } from '../../support/verifies.ts';

const CLI = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const BUSY_SERVER = fileURLToPath(new URL('../../browser/fixtures/busy-server.mjs', import.meta.url));

let server: InstrumentedServer | undefined;

afterAll(() => server?.stop());

it('mcp-vitals top takes over a real terminal, draws the figures again and again, and gives it back on q', async () => {
  verifies('DSH-01');
  server = await InstrumentedServer.start(BUSY_SERVER, { arguments: ['5', '40'] });
  const command = `stty cols 110 rows 30; '${process.execPath}' '${CLI}' top ${await server.url()}`;
  // `script` of util-linux gives its command a pseudo-terminal; what is written to it are the keys.
  const terminal = spawn(requireProgram('script'), ['-qec', command, '/dev/null'], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    let screen = '';
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
    });
    const drawn = (): number => screen.split('\u001b[H').length - 1;
    await expect.poll(() => screen, { timeout: 20_000 }).toContain('tools/call kb.hybrid_search');
    expect(screen).toContain('\u001b[?1049h');
    const before = drawn();
    await expect.poll(drawn, { timeout: 10_000 }).toBeGreaterThan(before + 1);
    const last = screen.slice(screen.lastIndexOf('\u001b[H')).split('\r\n');
    expect(last.length).toBeLessThanOrEqual(30);
    terminal.stdin.write('q');
    expect(await once(terminal, 'exit')).toEqual([0, null]);
    expect(screen.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
  } finally {
    terminal.kill('SIGKILL');
  }
});
