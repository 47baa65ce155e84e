import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/mcp-vitals/packages/', import.meta.url));

const asked = new Map<string, Promise<string>>();
let last: Promise<unknown> = Promise.resolve();

async function install(what: string, packages: readonly string[], target: string): Promise<string> {
  const ready = (): boolean => existsSync(join(target, 'node_modules'));
  if (ready()) return target;
  await mkdir(packages.length === 0 ? target : CACHE, { recursive: true });
  if (packages.length === 0) return target;
  const scratch = await mkdtemp(`${target}-`);
  try {
    const options = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    // Combinations that npm would refuse, and applications have: an SDK beside a newer API than it asks for.
    const asGiven = ['--prefer-offline', '--legacy-peer-deps'];
    await run('npm', ['install', '--prefix', scratch, ...options, ...asGiven, ...packages], { timeout: 300_000 });
    // Processes that ask at the same time install side by side; the first rename wins and the others use its result.
    await rename(scratch, target).catch((error: unknown) => {
      if (!ready()) throw error;
    });
    return target;
  } catch (error) {
    throw new Error(`${what} is needed by a test and could not be installed`, { cause: error });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * A folder from which exactly these packages (`name@version`) resolve; what is not among them resolves to the packages of the
 * project. Installed from the npm registry once, into the cache folder of `node_modules`. Put programs into folders in there.
 *
 * @throws when they cannot be installed; tests that need them must fail, not skip
 */
export function packagesFolder(what: string, packages: readonly string[]): Promise<string> {
  const key = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 16);
  const known = asked.get(key);
  if (known !== undefined) return known;
  // One after the other: npm alone keeps a small machine busy.
  const pending = last.then(() => install(what, packages, join(CACHE, key)));
  last = pending.catch(() => undefined);
  asked.set(key, pending);
  return pending;
}
