import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The versions of the development dependencies: nothing to install. */
export const INSTALLED_V1 = '1.32.2';
export const INSTALLED_V2 = '2.4.0';

/** Versions of `@modelcontextprotocol/sdk` under test: the oldest covered one and one for each change of its internals. */
export const V1_VERSIONS = [
  '1.5.0',
  '1.8.0',
  '1.10.2',
  '1.13.3',
  '1.17.5',
  '1.20.2',
  '1.23.1',
  '1.25.3',
  INSTALLED_V1,
] as const;

/** Versions of `@modelcontextprotocol/server` under test: the first published and the installed one. */
export const V2_VERSIONS = ['2.0.0', INSTALLED_V2] as const;

export type SdkVersion = (typeof V1_VERSIONS)[number] | (typeof V2_VERSIONS)[number];

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/mcp-vitals/sdk/', import.meta.url));
const PARALLEL_INSTALLS = 2;

function packagesOf(version: SdkVersion): string[] {
  return version.startsWith('1.')
    ? [`@modelcontextprotocol/sdk@${version}`]
    : [`@modelcontextprotocol/server@${version}`, `@modelcontextprotocol/node@${version}`];
}

let installing = 0;
const waiting: (() => void)[] = [];

async function install(version: SdkVersion): Promise<string> {
  const target = join(CACHE, version);
  await mkdir(CACHE, { recursive: true });
  if (version === INSTALLED_V1 || version === INSTALLED_V2) {
    // Nothing in it: imports from there climb up to the node_modules of the project.
    await mkdir(target, { recursive: true });
    return target;
  }
  const ready = (): boolean => existsSync(join(target, 'node_modules'));
  if (ready()) return target;

  if (installing >= PARALLEL_INSTALLS) await new Promise<void>((resolve) => waiting.push(resolve));
  installing += 1;
  const scratch = await mkdtemp(join(CACHE, `.${version}-`));
  try {
    const options = [
      '--no-save',
      '--no-package-lock',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
    ];
    await run('npm', ['install', '--prefix', scratch, ...options, ...packagesOf(version)], { timeout: 300_000 });
    // Processes that ask at the same time install side by side; the first rename wins and the others use its result.
    await rename(scratch, target).catch((error: unknown) => {
      if (!ready()) throw error;
    });
    return target;
  } catch (error) {
    throw new Error(`MCP SDK ${version} is needed by a test and could not be installed`, { cause: error });
  } finally {
    await rm(scratch, { recursive: true, force: true });
    installing -= 1;
    waiting.shift()?.();
  }
}

const asked = new Map<SdkVersion, Promise<string>>();

/**
 * A folder from which `@modelcontextprotocol/…` (and the `zod` it works with) resolve to that version; installed from the
 * npm registry once, into the cache folder of `node_modules`. Put programs for that version in there.
 *
 * @throws when it cannot be installed; tests that need it must fail, not skip
 */
export function sdkFolder(version: SdkVersion): Promise<string> {
  const known = asked.get(version);
  if (known !== undefined) return known;
  const pending = install(version);
  asked.set(version, pending);
  return pending;
}
