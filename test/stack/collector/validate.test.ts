import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireBuiltProgram } from '../../support/built-programs.ts';
import { ROOT } from '../compose/compose-file.ts';
import { LocalStack } from '../local-stack.ts';

const folder = join(ROOT, 'collector/otel-collector');

describe('the files of the Collector', () => {
  it.each([
    ['config.yaml', ['config.yaml']],
    ['config.yaml with persistent-queue.yaml', ['config.yaml', 'persistent-queue.yaml']],
  ])('%s is accepted by the Collector itself', (_, files) => {
    const args = ['validate', ...files.map((file) => `--config=${join(folder, file)}`)];
    const output = execFileSync(requireBuiltProgram('otelcol'), args, { encoding: 'utf8', stdio: 'pipe' });
    expect(output).toBe('');
  });

  it('a key it does not know is refused', async () => {
    const program = requireBuiltProgram('otelcol');
    await using stack = new LocalStack();
    const path = stack.write('collector/otel-collector/config.yaml', { decision_wait: 'decision_weight' });
    expect(() => execFileSync(program, ['validate', `--config=${path}`], { stdio: 'pipe' })).toThrow('decision_weight');
  });

  it('starts without a word about anything deprecated', async () => {
    requireBuiltProgram('otelcol');
    await using stack = new LocalStack();
    await stack.startCollector();
    // It answers for its health a moment earlier.
    await expect.poll(() => stack.log, { timeout: 10_000 }).toContain('Everything is ready');
    const complaints = stack.log
      .split('\n')
      .filter((line) => /deprecated|rewrite|\t(warn|error)\t/i.test(line))
      // No Jaeger is there in this test.
      .filter((line) => !line.includes('failed to connect'));
    expect(complaints).toEqual([]);
  });
});
