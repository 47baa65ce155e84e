import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type NodeMajor, nodeBinary } from '../support/nodes.ts';

const run = promisify(execFile);

/** Root of the checkout. */
export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

/** What `npm test` tells its children about this checkout would make an inner npm work on it instead of its own folder. */
const OUTER_NPM = /^(npm_(lifecycle|package|command|execpath|config_(local|global)?_?prefix)|INIT_CWD)/i;

/** Runs npm in a folder, on the running Node or another one, and answers what it printed. */
export async function npm(cwd: string, arguments_: readonly string[], node?: NodeMajor): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OUTER_NPM.test(name)));
  // npm decides by the Node it runs on which version of a dependency fits.
  if (node !== undefined) env['PATH'] = dirname(await nodeBinary(node)) + delimiter + env['PATH'];
  const { stdout } = await run('npm', [...arguments_], { cwd, env, timeout: 300_000, maxBuffer: 2 ** 26 });
  return stdout;
}

/** What makes a folder a project of its own for npm. */
export const MANIFEST = '{ "name": "somebodys-project", "private": true }\n';

/** A new folder outside of the checkout, so that no package of the checkout can stand in for a missing one. */
export async function emptyProject(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'mcp-vitals-package-')));
  await writeFile(join(folder, 'package.json'), MANIFEST);
  return folder;
}

/**
 * Installs as a user does, except that a package npm knows already is not asked for again and that scripts of other
 * packages do not run.
 */
export async function npmInstall(cwd: string, packages: readonly string[], node?: NodeMajor): Promise<void> {
  await npm(cwd, ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], node);
}

/** Packs the checkout as it is built and answers the path of the tarball and the paths in it. */
export async function packTarball(into: string): Promise<{ readonly path: string; readonly files: readonly string[] }> {
  if (!existsSync(join(ROOT, 'dist/register.js'))) {
    throw new Error('dist is missing: run "npm run build" first, as "npm test" does');
  }
  // Without scripts: `prepack` might build, under the eyes of tests that read dist.
  const printed = await npm(ROOT, ['pack', '--json', '--ignore-scripts', '--pack-destination', into]);
  const [packed] = JSON.parse(printed) as { filename: string; files: { path: string }[] }[];
  if (packed === undefined) throw new Error(`npm pack printed ${printed}`);
  return { path: join(into, packed.filename), files: packed.files.map(({ path }) => path) };
}
