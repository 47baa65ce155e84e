import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MANIFEST, npmInstall, ROOT } from '../package/npm.ts';

/** The lines of OpenTelemetry JS the product supports. */
export const OTEL_LINES = ['2.12', '3.1'] as const;
export type OtelLine = (typeof OTEL_LINES)[number];

/** Each line of SDK packages works with one minor version of the API. */
const API: Readonly<Record<OtelLine, string>> = { '2.12': '>=1.9.0 <1.10.0', '3.1': '>=1.10.0 <1.11.0' };

const CACHE = join(ROOT, 'node_modules/.cache/mcp-vitals/otel');
const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));

/** The built product beside one line of OpenTelemetry, and applications beside them. */
export interface Installation {
  /** URL for `--import`. */
  readonly register: string;
  /** Path of an application in `fixtures`, in a place from which that line is found. */
  application(name: string): string;
  remove(): Promise<void>;
}

/** Our runtime dependencies as that line has them: the ranges of the manifest are unions in the order of the lines. */
async function dependencies(line: OtelLine): Promise<string[]> {
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return Object.entries(manifest.dependencies).map(([name, range]) => {
    if (name === '@opentelemetry/api') return `${name}@${API[line]}`;
    const versions = range.split(' || ');
    return `${name}@${versions[OTEL_LINES.indexOf(line)] ?? range}`;
  });
}

async function packagesOf(line: OtelLine): Promise<string> {
  const target = join(CACHE, line);
  if (existsSync(target)) return target;
  const arriving = `${target}-${process.pid}`;
  try {
    await mkdir(arriving, { recursive: true });
    await writeFile(join(arriving, 'package.json'), MANIFEST);
    await npmInstall(arriving, await dependencies(line));
    await rename(arriving, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(arriving, { recursive: true, force: true });
  }
  return target;
}

/** Puts the built product beside the packages of a line; they come from the npm registry once. */
export async function installBeside(line: OtelLine): Promise<Installation> {
  const folder = await mkdtemp(join(await packagesOf(line), 'product-'));
  await cp(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(folder, 'package.json'));
  await cp(FIXTURES, join(folder, 'applications'), { recursive: true });
  return {
    register: pathToFileURL(join(folder, 'dist/register.js')).href,
    application: (name) => join(folder, 'applications', `${name}.mjs`),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
