import { fileURLToPath } from 'node:url';
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

/** Starts a server with so many tools that is called so often. */
export async function serve({ build, surroundings }: Bench, tools: number, perSecond: number): Promise<Served> {
  const child = Child.spawn({
    node: process.execPath,
    args: [...build.importFlags, SCRIPT, build.folder, String(tools), String(perSecond)],
    env: surroundings.env,
  });
  await child.first();
  return { child, url: await child.ask<string>('started') };
}
