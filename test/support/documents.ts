import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const markdownIn = (folder: string): string[] =>
  readdirSync(`${ROOT}${folder}`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);

/** Every text for people in the repository, by its path from the root; the changelog is history and says what was. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  ...markdownIn('docs'),
  'bench/README.md',
  'collector/README.md',
  ...readdirSync(`${ROOT}examples`).map((story) => `examples/${story}/README.md`),
];

/** A text for people, by its path from the root. */
export function readDocument(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}
