import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DOCUMENTS, readDocument } from '../support/documents.ts';
import { TABLE_NAMES, tablesIn, withCurrentTables } from '../support/readme-tables.ts';
import { anchorsOf, localLinks } from './links.ts';
import { ROOT } from './source-files.ts';

const packageJson = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
};

const texts = DOCUMENTS.map((path) => ({ path, text: readDocument(path) }));
const readme = readDocument('README.md');
const shipped = texts.filter(({ path }) => path === 'README.md' || path.startsWith('docs/'));

/** Folders that texts of the package may link into although only the repository has them. */
const REPOSITORY_ONLY = ['bench/', 'collector/', 'examples/', 'docs/images/'];

describe('the documentation', () => {
  it('is there', () => {
    expect(shipped.length).toBeGreaterThan(10);
    expect(texts.length).toBeGreaterThan(shipped.length + 2);
  });

  it.each(texts)('has the generated parts of $path as the code has them (npm run docs:update)', ({ text }) => {
    expect(text).toBe(withCurrentTables(text));
  });

  it('has every generated part once', () => {
    expect(texts.flatMap(({ text }) => tablesIn(text)).sort()).toEqual([...TABLE_NAMES].sort());
  });

  it.each(texts)('links from $path only to files and headings that exist', ({ path, text }) => {
    for (const link of localLinks(text)) {
      const target = link.path === '' ? path : posix.join(posix.dirname(path), link.path);
      expect(existsSync(ROOT + target), target).toBe(true);
      if (link.anchor !== undefined) expect(anchorsOf(readDocument(target)), target).toContain(link.anchor);
    }
  });

  it('that is in the package links to what is in the package, or to the folders named here', () => {
    const targets = shipped.flatMap(({ path, text }) =>
      localLinks(text)
        .filter((link) => link.path !== '')
        .map((link) => posix.join(posix.dirname(path), link.path)),
    );
    expect(targets.length).toBeGreaterThan(20);
    const inPackage = new Set([...shipped.map(({ path }) => path), 'CHANGELOG.md', 'LICENSE']);
    const outside = targets.filter((target) => !inPackage.has(target));
    expect(outside.filter((target) => !REPOSITORY_ONLY.some((folder) => target.startsWith(folder)))).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const named = texts.flatMap(({ text }) =>
      [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script ?? ''),
    );
    expect(named.length).toBeGreaterThan(10);
    for (const script of named) expect(packageJson.scripts[script], script).toBeDefined();
  });
});

it('every bench is explained', () => {
  const benches = Object.keys(packageJson.scripts).filter((name) => name.startsWith('bench:'));
  expect(benches.length).toBeGreaterThan(5);
  for (const name of benches) expect(readDocument('bench/README.md'), name).toContain(`npm run ${name}`);
});

describe('the README', () => {
  it('is short enough to be read', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(300);
  });

  it('leads to every other document of the package', () => {
    const targets = new Set(localLinks(readme).map((link) => link.path));
    for (const { path } of shipped) if (path !== 'README.md') expect(targets, path).toContain(path);
  });

  it('gives a reason for every runtime dependency, and for nothing else', () => {
    const section = /\n## Runtime dependencies\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? '';
    const rows = [...section.matchAll(/^\| `([^`]+)` \| .+ \|$/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual(Object.keys(packageJson.dependencies).sort());
  });
});
