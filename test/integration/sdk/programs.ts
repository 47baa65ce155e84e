import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { INSTALLED_V1, type SdkVersion, sdkFolder } from '../../support/sdk-versions.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/sdk/', import.meta.url));

export type ModuleFormat = 'esm' | 'cjs';

const placed: string[] = [];

/** The folder of the fixtures of one SDK generation, next to that SDK version, as ES modules or as CommonJS. */
export async function placePrograms(version: SdkVersion, format: ModuleFormat): Promise<string> {
  const folder = await mkdtemp(join(await sdkFolder(version), `programs-${format}-`));
  placed.push(folder);
  const generation = `v${version[0]}-`;
  for (const file of await readdir(FIXTURES)) {
    if (!file.startsWith(generation)) continue;
    if (format === 'esm') await copyFile(join(FIXTURES, file), join(folder, file));
    else await writeFile(join(folder, file.replace(/\.mjs$/, '.cjs')), await commonJs(join(FIXTURES, file)));
  }
  return folder;
}

/** Path of a fixture that belongs to no generation, put where both installed ones are found. */
export async function placeFixture(name: string): Promise<string> {
  const folder = await placePrograms(INSTALLED_V1, 'esm');
  await copyFile(join(FIXTURES, name), join(folder, name));
  return join(folder, name);
}

/** Path of one program in a folder made by {@link placePrograms}. */
export function program(folder: string, name: string): string {
  return join(folder, `${name}.${basename(folder).startsWith('programs-esm') ? 'mjs' : 'cjs'}`);
}

/** Removes what was placed; for `afterAll`. */
export async function removePrograms(): Promise<void> {
  await Promise.all(placed.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}

async function commonJs(path: string): Promise<string> {
  const source = (await readFile(path, 'utf8')).replace(/(from '\.\/[\w-]+)\.mjs'/g, "$1.cjs'");
  return (await transform(source, { format: 'cjs', platform: 'node', target: 'node20' })).code;
}
