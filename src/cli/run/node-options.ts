/**
 * `NODE_OPTIONS` that also load a module first in every Node process below.
 *
 * Node splits the variable at spaces and unquotes it with `"` and `\`; a file URL has all of these percent-encoded, so it
 * needs no quoting. What stood there stays in front and untouched; an entry that is there already is not repeated.
 *
 * @param url file URL as `pathToFileURL` makes it
 */
export function withImport(existing: string | undefined, url: string): string {
  const entry = `--import=${url}`;
  const before = existing?.trim() ?? '';
  if (before === '') return entry;
  return before.split(/\s+/).includes(entry) ? before : `${before} ${entry}`;
}

/** A copy of an environment in which Node processes load the given modules first. */
export function environmentWithImports(
  env: Readonly<Record<string, string | undefined>>,
  urls: readonly string[],
  platform: NodeJS.Platform = process.platform,
): Record<string, string | undefined> {
  // Windows knows names of variables in one case only, an object does not.
  const isNodeOptions = (name: string): boolean =>
    platform === 'win32' ? name.toUpperCase() === 'NODE_OPTIONS' : name === 'NODE_OPTIONS';
  const name = Object.keys(env).find(isNodeOptions) ?? 'NODE_OPTIONS';
  return { ...env, [name]: urls.reduce<string | undefined>(withImport, env[name]) };
}
