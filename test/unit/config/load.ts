import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadInput, loadConfig, type ResolvedConfig } from '../../../src/config/index.ts';
import { createDiag } from '../../../src/core/diag.ts';

/** Folder that never holds a configuration file. */
const NOWHERE = join(tmpdir(), 'mcp-vitals-no-such-folder');

/** Runs `use` in a folder with the given files, removed afterwards. */
export async function withFolder<T>(files: Record<string, string>, use: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'mcp-vitals-config-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Loads with an empty environment unless told otherwise, and keeps what was written to the diagnostics. */
export async function load(
  input: LoadInput & { file?: unknown } = {},
): Promise<{ config: ResolvedConfig; values: ResolvedConfig['values']; lines: string[] }> {
  const lines: string[] = [];
  const diag = createDiag({ level: 'info', sink: (line) => lines.push(line) });
  const { file, ...rest } = input;
  const run = (cwd: string): Promise<ResolvedConfig> => loadConfig({ env: {}, cwd, diag, ...rest });
  const config =
    file === undefined
      ? await run(NOWHERE)
      : await withFolder({ 'mcp-vitals.config.json': JSON.stringify(file) }, (dir) => run(dir));
  return { config, values: config.values, lines };
}
