import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * What a program is, as far as it decides whether `NODE_OPTIONS` reaches the MCP server in it.
 *
 * - `node`: Node itself
 * - `node-script`: a script that Node runs, such as the bin of a package
 * - `script`: a script of another interpreter, which may start Node
 * - `single-executable`: Node and the application in one file; it reads no `NODE_OPTIONS`
 * - `other-runtime`: Bun or Deno, which read no `NODE_OPTIONS`
 * - `binary`: anything else
 */
export type ProgramKind = 'node' | 'node-script' | 'script' | 'single-executable' | 'other-runtime' | 'binary';

const HEAD_BYTES = 256;
const CHUNK_BYTES = 8 * 1024 * 1024;
const MAX_SEARCHED_BYTES = 512 * 1024 * 1024;

/** What the tools that put an application and Node into one file leave in it; the digit says that the fuse is blown. */
const SINGLE_EXECUTABLE_MARKS = ['NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1', 'pkg/prelude/bootstrap.js'];

/** Tells by name and first line; cheap, and sees no single-executable file. */
export function quickProgramKind(file: string): ProgramKind {
  const name = basename(file)
    .toLowerCase()
    .replace(/\.(exe|cmd|bat)$/, '');
  if (name === 'node' || name === 'nodejs') return 'node';
  if (name === 'bun' || name === 'bunx' || name === 'deno') return 'other-runtime';
  const head = readHead(file);
  if (!head.startsWith('#!')) return /\.(cmd|bat)$/i.test(file) ? 'script' : 'binary';
  const firstLine = head.slice(2).split('\n', 1)[0] ?? '';
  if (/\b(bun|deno)\b/.test(firstLine)) return 'other-runtime';
  return /\bnode(js)?\b/.test(firstLine) ? 'node-script' : 'script';
}

/** Like {@link quickProgramKind}, and searches binaries for what makes them single-executable; may read all of the file. */
export function programKind(file: string): ProgramKind {
  const kind = quickProgramKind(file);
  return (kind === 'binary' || kind === 'node') && isSingleExecutable(file) ? 'single-executable' : kind;
}

function readHead(file: string): string {
  let text = '';
  readChunks(file, HEAD_BYTES, (bytes) => {
    text = bytes.toString('latin1');
    return true;
  });
  return text;
}

function isSingleExecutable(file: string): boolean {
  let found = false;
  let rest = Buffer.alloc(0);
  const longest = Math.max(...SINGLE_EXECUTABLE_MARKS.map((mark) => mark.length));
  readChunks(file, CHUNK_BYTES, (bytes) => {
    const searched = Buffer.concat([rest, bytes]);
    found = SINGLE_EXECUTABLE_MARKS.some((mark) => searched.includes(mark));
    rest = searched.subarray(Math.max(0, searched.length - longest));
    return found;
  });
  return found;
}

/** Hands out the file chunk by chunk until the callback is content; what cannot be read is empty. */
function readChunks(file: string, sizeBytes: number, isEnough: (bytes: Buffer) => boolean): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    for (let position = 0; position < MAX_SEARCHED_BYTES; ) {
      const bytes = Buffer.alloc(sizeBytes);
      const count = readSync(descriptor, bytes, 0, sizeBytes, position);
      if (count === 0 || isEnough(bytes.subarray(0, count))) return;
      position += count;
    }
  } catch {
    // Unreadable: nothing is known about it.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
