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

/** Those that are in the npm package. */
export const SHIPPED: readonly string[] = DOCUMENTS.filter((path) => path === 'README.md' || path.startsWith('docs/'));

/** One fenced block of code. */
export interface CodeBlock {
  /** Where it stands, for messages: `docs/components.md:12`. */
  readonly place: string;
  readonly language: string;
  readonly code: string;
  /** What the example takes for granted: declarations in a comment before it, `<!-- given: … -->`. */
  readonly given: string;
}

/** The fenced blocks of some documents, in order. */
export function codeBlocks(paths: readonly string[]): readonly CodeBlock[] {
  return paths.flatMap((path) => {
    const text = readDocument(path);
    const blocks = text.matchAll(/(?:^<!-- given: (.*) -->\n)?^```(\w+)\n([\s\S]*?)^```$/gm);
    return [...blocks].map(({ 0: all, 1: given = '', 2: language = '', 3: code = '', index }) => {
      const line = text.slice(0, index).split('\n').length + (all.startsWith('```') ? 0 : 1);
      return { place: `${path}:${line}`, language, code, given };
    });
  });
}
