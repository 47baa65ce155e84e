import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { dashboardFiles } from '../../rules/grafana/dashboards.ts';
import { objectivesOf } from '../../sdk/objective-part.ts';
import { EXIT_OK, type ParsedArguments } from '../command.ts';
import type { CliIo } from '../io.ts';
import { readNamedSettings } from '../settings.ts';

/** `mcp-vitals dashboard`: writes the Grafana dashboards, with the thresholds of the objectives in force. */
export async function dashboardCommand({ values }: ParsedArguments, io: CliIo): Promise<number> {
  const settings = await readNamedSettings(io, values.get('config'));
  const folder = resolve(io.cwd, values.get('out') ?? '.');
  await mkdir(folder, { recursive: true });
  for (const { name, text } of dashboardFiles(objectivesOf(settings.values).definitions)) {
    await writeFile(join(folder, name), text);
    io.stdout.write(`${join(folder, name)}\n`);
  }
  return EXIT_OK;
}
