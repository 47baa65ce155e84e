import { join } from 'node:path';
import { build } from 'esbuild';
import type { ModuleFormat } from './programs.ts';

/** How a published server may have been built. */
export interface BundleOptions {
  readonly format: ModuleFormat;
  readonly minify: boolean;
  /** `es2020` turns class fields into assignments of the constructor, `es2016` async functions into generators. */
  readonly target: 'node20' | 'es2020' | 'es2016';
}

/** Bundled CommonJS packages want `require`, which an ES module has not got. */
const REQUIRE = "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);";

/** Builds a program and everything it imports, the SDK included, into one file next to it, and answers its path. */
export async function bundle(folder: string, entry: string, options: BundleOptions): Promise<string> {
  const { format, minify, target } = options;
  const outfile = join(folder, `bundle-${target}-${minify ? 'min' : 'plain'}.${format === 'esm' ? 'mjs' : 'cjs'}`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format,
    minify,
    target,
    logLevel: 'error',
    banner: { js: format === 'esm' ? REQUIRE : '#!/usr/bin/env node' },
  });
  return outfile;
}
