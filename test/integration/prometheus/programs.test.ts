import { afterEach, describe, expect, it, vi } from 'vitest';
import { requireProgram } from '../../support/programs.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a program a test needs', () => {
  it('is found by its name', () => {
    expect(requireProgram('sh')).toMatch(/^\/.*\/sh$/);
  });

  it('fails the test where the machine is for testing, with the way to get it', () => {
    vi.stubEnv('CI', 'true');
    expect(() => requireProgram('no-such-program')).toThrow('"npm run stack:install" installs it');
  });
});
