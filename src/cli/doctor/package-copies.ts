/**
 * Finds installed copies of packages by walking `node_modules` folders, the way several copies come to be: nested under
 * a dependency, or in the store of pnpm. Reads names only, follows links, looks at every real folder once, and is bounded.
 */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MAX_FOLDERS = 50_000;

/** One installed copy of a package. */
export interface PackageCopy {
  readonly name: string;
  readonly version: string;
  /** Absolute path without links. */
  readonly folder: string;
}

/**
 * The copies of some packages that programs in the given folders could load.
 *
 * @param startFolders each is searched from itself up to the root, as Node resolves packages
 */
export function findPackageCopies(startFolders: readonly string[], names: ReadonlySet<string>): PackageCopy[] {
  const search = new Search(names);
  for (const start of startFolders) {
    for (let folder = start; ; folder = dirname(folder)) {
      search.modules(join(folder, 'node_modules'));
      if (dirname(folder) === folder) break;
    }
  }
  return search.copies.sort((a, b) => a.name.localeCompare(b.name) || a.folder.localeCompare(b.folder));
}

/** The package a file belongs to: that of the nearest `package.json` with a name and a version. */
export function packageOf(file: string): PackageCopy | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const copy = readPackage(folder);
    if (copy !== undefined) return copy;
    if (dirname(folder) === folder) return undefined;
  }
}

class Search {
  readonly copies: PackageCopy[] = [];
  readonly #names: ReadonlySet<string>;
  readonly #seen = new Set<string>();

  constructor(names: ReadonlySet<string>) {
    this.#names = names;
  }

  modules(folder: string): void {
    for (const name of this.#enter(folder)) {
      if (name === '.pnpm') this.#store(join(folder, name));
      else if (name.startsWith('@')) {
        for (const inner of this.#enter(join(folder, name)))
          this.#package(join(folder, name, inner), `${name}/${inner}`);
      } else if (!name.startsWith('.')) this.#package(join(folder, name), name);
    }
  }

  #store(folder: string): void {
    for (const name of this.#enter(folder)) this.modules(join(folder, name, 'node_modules'));
  }

  #package(folder: string, name: string): void {
    if (this.#names.has(name)) this.#keep(folder);
    this.modules(join(folder, 'node_modules'));
  }

  #keep(folder: string): void {
    const copy = readPackage(realpathSync(folder));
    if (copy !== undefined && !this.copies.some((known) => known.folder === copy.folder)) this.copies.push(copy);
  }

  /** Names in a folder that was not looked at before. */
  #enter(folder: string): string[] {
    if (this.#seen.size >= MAX_FOLDERS) return [];
    try {
      const real = realpathSync(folder);
      if (this.#seen.has(real)) return [];
      this.#seen.add(real);
      return readdirSync(real);
    } catch {
      // Most packages have no folder of their own dependencies.
      return [];
    }
  }
}

function readPackage(folder: string): PackageCopy | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  try {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown; version?: unknown };
    return typeof name === 'string' && typeof version === 'string' ? { name, version, folder } : undefined;
  } catch {
    return undefined;
  }
}
