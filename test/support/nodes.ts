import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Major versions of Node the product is tested on. */
export const NODE_MAJORS = [20, 22, 24] as const;
export type NodeMajor = (typeof NODE_MAJORS)[number];

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/mcp-vitals/nodes/', import.meta.url));

/**
 * The npm package that carries the Node binary of this platform. The package `node` itself only fetches this one in an
 * install script, and npm 11 does not run install scripts unasked.
 */
function carrier(): string {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const prefix = platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${platform}-${process.arch}`;
}

async function install(major: NodeMajor): Promise<string> {
  const name = carrier();
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const target = join(CACHE, String(major));
  const binary = join(target, 'node_modules', name, 'bin', file);
  if (existsSync(binary)) return binary;

  await mkdir(CACHE, { recursive: true });
  const scratch = await mkdtemp(join(CACHE, `.${major}-`));
  try {
    const options = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    await run('npm', ['install', '--prefix', scratch, ...options, `${name}@${major}`], { timeout: 300_000 });
    const { stdout } = await run(join(scratch, 'node_modules', name, 'bin', file), ['--version']);
    if (!stdout.startsWith(`v${major}.`)) throw new Error(`${name}@${major} carries Node ${stdout.trim()}`);
    // Processes that ask at the same time install side by side; the first rename wins and the others use its result.
    await rename(scratch, target).catch((error: unknown) => {
      if (!existsSync(binary)) throw error;
    });
    return binary;
  } catch (error) {
    throw new Error(`Node ${major} is needed by a test and could not be installed from the npm package ${name}`, {
      cause: error,
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const asked = new Map<NodeMajor, Promise<string>>();

/**
 * Path of a Node binary of that major version: the running one where it matches, else the newest of that line from the
 * npm registry, installed once into the cache folder of `node_modules` (about 100 MB each, some seconds).
 *
 * @throws when the binary can neither be found nor installed; tests that need it must fail, not skip
 */
export function nodeBinary(major: NodeMajor): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return Promise.resolve(process.execPath);
  const known = asked.get(major);
  if (known !== undefined) return known;
  const pending = install(major);
  asked.set(major, pending);
  return pending;
}
