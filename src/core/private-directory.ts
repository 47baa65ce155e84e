import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';

/** `mcp-vitals-<uid>/<name>` in the directory for temporary files: where this user's processes keep what outlives them. */
export function defaultPrivateDirectory(name: string): string {
  const owner = process.getuid?.() ?? userInfo().username;
  return join(tmpdir(), `mcp-vitals-${owner}`, name);
}

/**
 * Creates a directory for its owner alone, with its parents.
 *
 * @throws Error that says why it is not usable, or not to be trusted
 */
export function createPrivateDirectory(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  assertTrustedDirectory(dir);
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
