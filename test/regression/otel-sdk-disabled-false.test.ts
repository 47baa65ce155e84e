import { describe, expect, it } from 'vitest';
import { isDisabled } from '../../src/config/disabled.ts';
import { loadConfig } from '../../src/config/index.ts';
import { createDiag } from '../../src/core/diag.ts';
import { verifies } from '../support/verifies.ts';

// A well-known distribution takes the mere presence of the variable for true, and then records nothing.
describe('OTEL_SDK_DISABLED=false', () => {
  it.each([
    ['false', false, 0],
    [' FALSE ', false, 0],
    ['', false, 0],
    ['0', false, 1],
    ['no', false, 1],
    ['1', false, 1],
    ['true', true, 0],
    ['True ', true, 0],
  ])('%j means disabled %j, with %d warnings', async (text, disabled, warnings) => {
    verifies('REG-05');
    const env = { OTEL_SDK_DISABLED: text };
    const lines: string[] = [];
    const config = await loadConfig({
      env,
      cwd: import.meta.dirname,
      diag: createDiag({ sink: (line) => lines.push(line) }),
    });
    expect([isDisabled(env), config.values.disabled]).toEqual([disabled, disabled]);
    expect(lines).toHaveLength(warnings);
  });
});
