import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

it('A running sampler that has sampled does not keep the process alive.', async () => {
  const source = (path: string) => JSON.stringify(pathToFileURL(join(root, 'src', path)).href);
  const script = `
    const { createRuntimeSampler } = await import(${source('runtime/runtime-sampler.ts')});
    const { systemClock } = await import(${source('core/clock.ts')});
    const sampler = createRuntimeSampler({ clock: systemClock, intervalMs: 20 });
    let collections = 0;
    sampler.onGarbageCollection(() => { collections += 1; });
    sampler.start();
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { eventLoopDelay, eventLoopUtilization } = sampler.latest();
    console.log(JSON.stringify({ sampled: eventLoopDelay !== undefined, eventLoopUtilization, collections }));
  `;
  // Killed, and so rejected, when it does not end by itself.
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', '--input-type=module', '--eval', script],
    { cwd: root, timeout: 20_000 },
  );
  expect(stderr).toBe('');
  const report = JSON.parse(stdout) as { sampled: boolean; eventLoopUtilization: number; collections: number };
  expect(report.sampled).toBe(true);
  expect(report.eventLoopUtilization).toBeGreaterThanOrEqual(0);
  expect(report.collections).toBeGreaterThan(0);
});
