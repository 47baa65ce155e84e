import { type Dirent, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';

/** Files a spool directory holds at most, so that listing it stays cheap. */
export const MAX_SPOOL_FILES = 1_000;

/** `mcp-vitals-<uid>/spool` in the directory for temporary files. */
export function defaultSpoolDirectory(): string {
  const owner = process.getuid?.() ?? userInfo().username;
  return join(tmpdir(), `mcp-vitals-${owner}`, 'spool');
}

/** Creates the directory for its owner alone. Throws like `mkdir` does. */
export function createSpoolDirectory(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}

/**
 * Refuses a directory that somebody else could have prepared: its name is predictable and temporary directories are
 * shared. Ownership does not exist on Windows, where the temporary directory belongs to the user.
 *
 * @throws Error that names the reason
 */
export function assertTrustedDirectory(dir: string): void {
  const own = lstatSync(dir);
  if (!own.isDirectory()) throw new Error('it is not a directory');
  const uid = process.getuid?.();
  if (uid === undefined) return;
  if (own.uid !== uid) throw new Error('it belongs to another user');
  if ((own.mode & 0o022) !== 0) throw new Error('other users can write to it');
  const parent = lstatSync(dirname(dir));
  const othersCanSwapIt = (parent.mode & 0o022) !== 0 && (parent.mode & 0o1000) === 0;
  if (othersCanSwapIt || (parent.uid !== uid && parent.uid !== 0)) throw new Error('other users can replace it');
}

/** Number and size of the regular files in the directory. */
export function measureDirectory(dir: string): { files: number; sizeBytes: number } {
  let files = 0;
  let sizeBytes = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    files += 1;
    sizeBytes += sizeOf(dir, entry);
  }
  return { files, sizeBytes };
}

function sizeOf(dir: string, entry: Dirent): number {
  try {
    return lstatSync(join(dir, entry.name)).size;
  } catch {
    // Delivered by another process between the two calls.
    return 0;
  }
}
