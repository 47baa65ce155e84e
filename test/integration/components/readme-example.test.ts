import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifies } from '../../support/verifies.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const MARK = /<!-- compiled by test\/integration\/components\/readme-example\.test\.ts -->\n```ts\n([\s\S]*?)```/;

let folder: string;
beforeAll(async () => {
  // Inside of the package, where its own name leads to what was built.
  folder = await mkdtemp(join(ROOT, 'dist', 'readme-example-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the example of timing in the documentation', () => {
  verifies('LAT-09');

  it('compiles against the published types, and runs where nothing is measured', async () => {
    const [, example] = MARK.exec(await readFile(join(ROOT, 'docs/components.md'), 'utf8')) ?? [];
    expect(example).toContain('vitals.track');
    const source = `interface Store { search(query: string): Promise<string[]> }\n${example}`;
    await writeFile(join(folder, 'example.ts'), source);
    const options = ['--strict', '--target', 'es2022', '--lib', 'es2023,esnext.disposable', '--types', 'node'];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        join(ROOT, 'node_modules/typescript/bin/tsc'),
        ...options,
        '--module',
        'nodenext',
        '--ignoreConfig',
        'example.ts',
      ],
      { cwd: folder },
    ).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
    const { search, restore } = (await import(pathToFileURL(join(folder, 'example.js')).href)) as {
      search: (store: object, query: string) => Promise<string[]>;
      restore: (store: object) => () => void;
    };
    const store = { search: async (query: string) => [` ${query}2`, `${query}1 `] };
    const original = store.search;
    const putBack = restore(store);
    expect(store.search).not.toBe(original);
    expect(await search(store, 'a')).toEqual(['a2', 'a1']);
    putBack();
    expect(store.search).toBe(original);
  });
});
