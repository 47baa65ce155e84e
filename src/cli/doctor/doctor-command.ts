import { isDisabled } from '../../config/disabled.ts';
import { formatConfigTable } from '../../config/index.ts';
import { EXIT_OK, EXIT_PROBLEM, type ParsedArguments, UsageError } from '../command.ts';
import type { CliIo } from '../io.ts';
import { readSettings } from '../settings.ts';
import { settingRows } from './check-configuration.ts';
import { examine } from './examine.ts';
import { formatFindings, formatVerdict } from './report-text.ts';

const DEFAULT_TIMEOUT_SECONDS = 10;
const MAX_TIMEOUT_SECONDS = 600;

/** `mcp-vitals doctor [-- command]`: checks the surroundings, and a command in them, and explains what is wrong. */
export async function doctorCommand({ flags, values, program }: ParsedArguments, io: CliIo): Promise<number> {
  const timeoutMs = 1000 * readTimeout(values.get('timeout'));
  const config = await readSettings(io);
  const findings = await examine({ io, config, program, timeoutMs, disabled: isDisabled(io.env) });
  const sound = findings.every(({ state }) => state !== 'problem');
  if (flags.has('json')) {
    const report = { schemaVersion: 1, ok: sound, findings, configuration: settingRows(config) };
    io.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    io.stdout.write(`${formatFindings(findings)}\n${formatConfigTable(config)}\n${formatVerdict(findings)}`);
  }
  return sound ? EXIT_OK : EXIT_PROBLEM;
}

function readTimeout(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TIMEOUT_SECONDS;
  const seconds = Number(text);
  if (text.trim() !== '' && seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS) return seconds;
  throw new UsageError(`Option --timeout needs seconds above 0 and up to ${MAX_TIMEOUT_SECONDS}`);
}
