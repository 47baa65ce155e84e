import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SUITES } from '../support/suites.ts';
import { ROOT } from './source-files.ts';

const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { scripts: Record<string, string> };
const ci = readFileSync(`${ROOT}.ci/run`, 'utf8');

describe('the suites of tests', () => {
  it('have a command each, and one for everything else', () => {
    expect(scripts['test']).toContain('--project main');
    for (const suite of SUITES) expect(scripts[`test:${suite}`], suite).toContain(`--project ${suite}`);
  });

  it('all run in CI', () => {
    expect(ci).toMatch(/^suite 'Tests' +test$/m);
    for (const suite of SUITES) expect(ci, suite).toMatch(new RegExp(`^suite '.+' +test:${suite}$`, 'm'));
  });

  it('may be without a single test only where there is no folder yet', () => {
    const folders = readdirSync(`${ROOT}test`);
    for (const suite of SUITES.filter((name) => folders.includes(name))) {
      expect(scripts[`test:${suite}`], suite).not.toContain('passWithNoTests');
    }
  });
});
