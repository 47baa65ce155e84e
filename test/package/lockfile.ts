import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The part of one entry of a lock file that this file reads or writes. */
interface LockEntry {
  version?: string;
  optionalDependencies?: Record<string, string>;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
}

export interface Lock {
  packages: Record<string, LockEntry>;
}

/** An optional dependency without an entry, and the key of the package that wants it. */
export interface MissingEntry {
  readonly wantedBy: string;
  readonly name: string;
  readonly version: string;
}

const LOCK = fileURLToPath(new URL('../../package-lock.json', import.meta.url));
const OS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const CPU = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

export const readLock = (): Lock => JSON.parse(readFileSync(LOCK, 'utf8')) as Lock;

function isLocked(lock: Lock, from: string, name: string): boolean {
  for (let folder = from; ; ) {
    if (lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === '') return false;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1));
  }
}

/**
 * Optional dependencies that the lock file does not mention. `npm ci` refuses such a file, although it would skip the
 * packages of other platforms anyway; a registry mirror that offers only some platforms makes npm write one.
 */
export function missingOptional(lock: Lock): MissingEntry[] {
  return Object.entries(lock.packages).flatMap(([wantedBy, { optionalDependencies }]) =>
    Object.entries(optionalDependencies ?? {})
      .filter(([name]) => !isLocked(lock, wantedBy, name))
      .map(([name, version]) => ({ wantedBy, name, version })),
  );
}

/** Adds the missing entries; platform packages are pinned exactly and carry their platform in their name. */
export function completeLock(lock: Lock): Lock {
  const packages = { ...lock.packages };
  for (const { wantedBy, name, version } of missingOptional(lock)) {
    const words = name.split(/[/-]/);
    const os = words.find((word) => OS.includes(word));
    const cpu = words.find((word) => CPU.includes(word));
    if (!/^\d/.test(version) || os === undefined || cpu === undefined) {
      throw new Error(`${name}@${version} is no exactly pinned package of one platform: lock it with npm`);
    }
    const libc = name.includes('musl') ? ['musl'] : ['glibc'];
    packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(lock.packages[wantedBy]?.dev === true ? { dev: true } : {}),
      ...(os === 'linux' ? { libc } : {}),
      optional: true,
      os: [os],
    };
  }
  return {
    ...lock,
    packages: Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'))),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const lock = readLock();
  const missing = missingOptional(lock);
  if (missing.length > 0) writeFileSync(LOCK, `${JSON.stringify(completeLock(lock), null, 2)}\n`);
  console.error(`${missing.length} entries added to package-lock.json`);
}
