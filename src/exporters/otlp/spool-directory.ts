import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Files a spool directory holds at most, so that listing it stays cheap. */
export const MAX_SPOOL_FILES = 1_000;

/** Folder of the spool among the private directories of this user. */
export const SPOOL_FOLDER = 'spool';

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
