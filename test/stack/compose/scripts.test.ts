import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { requireProgram } from '../../support/programs.ts';
import { ROOT } from './compose-file.ts';

const scripts = execFileSync('git', ['ls-files', 'collector'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((path) => path.endsWith('.sh'));

describe('the scripts of the collector folder', () => {
  it('are sound by shellcheck', () => {
    expect(scripts.length).toBeGreaterThan(5);
    const output = execFileSync(requireProgram('shellcheck'), scripts, { cwd: ROOT, encoding: 'utf8' });
    expect(output).toBe('');
  });
});
