import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Build } from '../support/build.ts';
import { Child } from '../support/child.ts';
import type { Surroundings } from '../support/surroundings.ts';

const SCRIPT = fileURLToPath(new URL('./children/server.mjs', import.meta.url));

/** What the parts of this benchmark share. */
export interface Bench {
  readonly build: Build;
  readonly surroundings: Surroundings;
}

export interface Served {
  readonly child: Child;
  /** Address of the status endpoint. */
  readonly url: string;
}

export interface ServeOptions extends Bench {
  readonly tools: number;
  readonly callsPerSecond: number;
  /** The build has a file per module, so the taking of figures can be measured. */
  readonly isUnbundled?: boolean;
}

/** Starts a server with so many tools that is called so often. */
export async function serve({ build, surroundings, ...options }: ServeOptions): Promise<Served> {
  const of = (path: string): string => pathToFileURL(join(build.folder, path)).href;
  const counts = [String(options.tools), String(options.callsPerSecond)];
  const measured = options.isUnbundled === true ? [of('status/live/live-state.js')] : [];
  const child = Child.spawn({
    node: process.execPath,
    args: [...build.importFlags, SCRIPT, of('sdk/attach.js'), ...counts, ...measured],
    env: surroundings.env,
  });
  await child.first();
  return { child, url: await child.ask<string>('started') };
}
