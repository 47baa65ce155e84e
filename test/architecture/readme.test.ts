import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readReadme, withCurrentTables } from '../support/readme-tables.ts';

const root = new URL('../../', import.meta.url);
const packageJson = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
};

describe('the README', () => {
  const readme = readReadme();

  it('has the tables of metrics and options as the code has them (npm run docs:update)', () => {
    expect(readme).toBe(withCurrentTables(readme));
  });

  it('names only npm scripts that exist', () => {
    const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script as string);
    expect(named.length).toBeGreaterThan(2);
    for (const script of named) expect(packageJson.scripts[script], script).toBeDefined();
  });

  it('gives a reason for every runtime dependency', () => {
    for (const name of Object.keys(packageJson.dependencies)) expect(readme).toContain(`\`${name}\``);
  });

  it('links only to files that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(([, target]) => target as string);
    expect(links.length).toBeGreaterThan(1);
    for (const target of links) expect(existsSync(new URL(target, root)), target).toBe(true);
  });
});
