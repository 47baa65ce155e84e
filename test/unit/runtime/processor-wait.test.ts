import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ProcessorWait } from '../../../src/runtime/processor-wait.ts';

const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-schedstat-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(text: string): string {
  const path = join(folder, `schedstat-${text.length}`);
  writeFileSync(path, text);
  return path;
}

describe('the wait for a processor', () => {
  it('stands in the account of the scheduler, beside the time it ran, in milliseconds', () => {
    expect(new ProcessorWait(fileWith('69136551 494979359 46\n')).read()).toEqual({
      ranMs: 69.136551,
      waitedMs: 494.979359,
    });
  });

  it.each([
    ['there is no such file', join(folder, 'none')],
    ['it holds something else', fileWith('nothing of the kind')],
  ])('is unknown where %s, without a word', (_when, path) => {
    const wait = new ProcessorWait(path);
    expect(wait.read()).toBeUndefined();
    wait.close();
    wait.close();
    expect(wait.read()).toBeUndefined();
  });

  it.runIf(existsSync('/proc/thread-self/schedstat'))('grows when others want every processor', async () => {
    const wait = new ProcessorWait();
    const before = wait.read()?.waitedMs ?? Number.NaN;
    const rivals = Array.from({ length: 2 * availableParallelism() }, () =>
      spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
    );
    try {
      await expect
        .poll(
          () => {
            for (const end = performance.now() + 50; performance.now() < end; );
            return (wait.read()?.waitedMs ?? Number.NaN) - before;
          },
          { timeout: 20_000 },
        )
        .toBeGreaterThan(20);
    } finally {
      for (const rival of rivals) rival.kill('SIGKILL');
      wait.close();
    }
  });
});
