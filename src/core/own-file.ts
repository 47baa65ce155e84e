/**
 * Address of a file of this package, by its path below `src/` (before it is built) or `dist/`.
 *
 * The build puts code of many modules into shared files of `dist/chunks/`, so a path relative to the module that asks would
 * be wrong there. This module lies as deep as those files do, and is shared by so many entries that it is in one of them.
 *
 * @param path with forward slashes, such as `sdk/attach.js`
 */
export function ownFile(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}
