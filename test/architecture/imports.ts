import { posix } from 'node:path';
import { codeOnly, lineAt, type SourceFile } from './source-files.ts';

/** One import, re-export, dynamic import or `require` of a module. */
export interface ImportEdge {
  readonly path: string;
  readonly line: number;
  /** As written for packages, resolved to a path from the root for relative imports. */
  readonly target: string;
  readonly kind: 'value' | 'type' | 'dynamic';
}

const STATIC = /\b(?:import|export)\s+(type\s+)?((?:[\w$*]|[{},\s])*?)\s*\bfrom\s*(['"])([^'"\n]+)\3/g;
const BARE = /\bimport\s*(['"])([^'"\n]+)\1/g;
const CALLED =
  /(\btypeof\s+)?\b(?:import|require)\s*\(\s*(['"])([^'"\n]+)\2\s*\)(\s*\.\s*(?!then\b|catch\b|finally\b)[A-Z]\w*)?/g;

/** `{ type A, type B }` names only types, as `import type` does. */
function namesOnlyTypes(clause: string): boolean {
  const names = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1];
  if (names === undefined) return false;
  const parts = names
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.length > 0 && parts.every((part) => part.startsWith('type '));
}

function resolve(path: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier;
}

/** Every import edge of a file, in order of line. */
export function importsOf({ path, text }: SourceFile): ImportEdge[] {
  const code = codeOnly(text, { strings: 'keep' });
  const edges: ImportEdge[] = [];
  const add = (offset: number, specifier: string, kind: ImportEdge['kind']): void => {
    edges.push({ path, line: lineAt(code, offset), target: resolve(path, specifier), kind });
  };
  for (const match of code.matchAll(STATIC)) {
    const isType = match[1] !== undefined || namesOnlyTypes(match[2] ?? '');
    add(match.index, match[4] ?? '', isType ? 'type' : 'value');
  }
  for (const match of code.matchAll(BARE)) add(match.index, match[2] ?? '', 'value');
  for (const match of code.matchAll(CALLED)) {
    const isType = match[1] !== undefined || match[4] !== undefined;
    add(match.index, match[3] ?? '', isType ? 'type' : 'dynamic');
  }
  return edges.sort((a, b) => a.line - b.line);
}
