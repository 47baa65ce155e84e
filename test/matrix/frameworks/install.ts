import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { MANIFEST, npmInstall, ROOT } from '../../package/npm.ts';
import { nodeBinary } from '../../support/nodes.ts';
import type { Framework } from './frameworks.ts';

const run = promisify(execFile);

/** Not below the checkout: frameworks that compile leave out what lies in a folder `node_modules`. */
const CACHE = join(tmpdir(), 'mcp-vitals-frameworks');
const DECORATORS = { compilerOptions: { experimentalDecorators: true, emitDecoratorMetadata: true } };

async function place(folder: string, { files }: Framework): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    if (!text.includes('\n@')) continue;
    const { code } = await transform(text, { loader: 'ts', target: 'node20', tsconfigRaw: DECORATORS });
    await writeFile(file.replace(/\.ts$/, '.mjs'), code);
  }
}

/**
 * A project with the framework and the application, built where the framework builds, and with the checkout linked in as
 * `mcp-vitals`. It comes from the npm registry once, into a folder for temporary
 * files.
 *
 * @throws when it cannot be installed; tests that need it must fail, not skip
 */
export async function installFramework(framework: Framework): Promise<string> {
  const { name, packages, files, build, node } = framework;
  const key = createHash('sha256').update(JSON.stringify({ ROOT, packages, files, build })).digest('hex').slice(0, 16);
  const project = join(CACHE, `${name.replaceAll(/\W+/g, '-')}-${key}`);
  if (existsSync(project)) return project;
  const arriving = `${project}-${process.pid}`;
  try {
    await mkdir(arriving, { recursive: true });
    await writeFile(join(arriving, 'package.json'), MANIFEST);
    await npmInstall(arriving, packages, node);
    await place(arriving, framework);
    if (build !== undefined) await run(await nodeBinary(node), [...build], { cwd: arriving, timeout: 120_000 });
    await symlink(ROOT, join(arriving, 'node_modules/mcp-vitals'));
    await rename(arriving, project);
  } catch (error) {
    throw new Error(`${name} is needed by a test and could not be installed`, { cause: error });
  } finally {
    await rm(arriving, { recursive: true, force: true });
  }
  return project;
}
