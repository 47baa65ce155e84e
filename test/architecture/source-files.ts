import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Root of the checkout, with a trailing slash. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A text file of the checkout; `path` is relative to the root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Folders that hold files nobody here wrote, or copies of such. */
const FOREIGN = /(^|\/)(node_modules|dist|coverage|golden)(\/|$)/;

/** Every file under `folder` whose path matches `pattern`, sorted; none when there is no such folder. */
export function readSources(folder: string, pattern: RegExp): SourceFile[] {
  if (!existsSync(`${ROOT}${folder}`)) return [];
  return readdirSync(`${ROOT}${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(ROOT.length).replaceAll('\\', '/'))
    .filter((path) => pattern.test(path) && !FOREIGN.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(`${ROOT}${path}`, 'utf8') }));
}

const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`|(?<=[=(,:;!&|?{}[\n]\s*|return\s+)\/(?![/*])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/g;

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

/**
 * The same text with comments blanked out, and on request the contents of strings and regular expressions too, so that
 * a pattern finds only code. Line numbers stay as they are. Code inside `${}` of a template counts as its content.
 */
export function codeOnly(text: string, options: { strings: 'keep' | 'blank' }): string {
  return text.replace(TOKEN, (token) => {
    if (token.startsWith('//') || token.startsWith('/*')) return blank(token);
    if (options.strings === 'keep') return token;
    return token[0] + blank(token.slice(1, -1)) + token.at(-1);
  });
}

/** One-based line of the character at `offset`. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
