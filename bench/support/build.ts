import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/mcp-vitals/bench/', import.meta.url));

/** A copy of a built product that nobody rebuilds while it is measured. */
export interface Build {
  readonly folder: string;
  /** Flags of Node that load the product as users do. */
  readonly importFlags: readonly string[];
  remove(): void;
}

/**
 * Compiles the sources beside a frozen build module by module into its folder `modules`, because the build itself is bundled and
 * has no file of a single part. A build without its sources, such as an installed package, gets none.
 */
export function addModules(build: Build, folder: string): void {
  const sources = dirname(resolve(folder));
  const project = join(sources, 'tsconfig.build.json');
  if (!existsSync(project)) return;
  const options = ['--emitDeclarationOnly', 'false', '--declaration', 'false', '--isolatedDeclarations', 'false'];
  execFileSync(process.execPath, [TSC, '-p', project, ...options, '--outDir', join(build.folder, 'modules')]);
}

/** Copies the build in `folder` (`dist`, or that of another checkout) to where its dependencies are still found. */
export function freezeBuild(folder: string): Build {
  const source = resolve(folder);
  if (!existsSync(join(source, 'register.js'))) throw new Error(`no build in ${folder}: run npm run build`);
  mkdirSync(CACHE, { recursive: true });
  const copy = mkdtempSync(join(CACHE, 'build-'));
  const frozen = join(copy, 'dist');
  cpSync(source, frozen, { recursive: true });
  writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
  return {
    folder: frozen,
    importFlags: ['--import', pathToFileURL(join(frozen, 'register.js')).href],
    remove: () => rmSync(copy, { recursive: true, force: true }),
  };
}
