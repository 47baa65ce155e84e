import { type AnomalyReport, detectAnomalies, type SeriesKind } from '../../alerts/anomaly/detect-anomalies.ts';
import type { Finding } from '../../core/model/health.ts';
import { EXIT_OK, EXIT_PROBLEM, type ParsedArguments, UsageError } from '../command.ts';
import type { CliIo } from '../io.ts';
import { readSeriesFile, UNITS } from './series-file.ts';

/** `mcp-vitals detect`: runs the anomaly detectors over a recorded series. */
export async function detectCommand({ flags, values, positionals }: ParsedArguments, io: CliIo): Promise<number> {
  const [path] = positionals;
  if (path === undefined) throw new UsageError('name the file to read: mcp-vitals detect FILE');
  const kind = kindFrom(values.get('kind'));
  const { rows, skipped } = await readSeriesFile(path, scaleFrom(values.get('unit')));
  const report = detectAnomalies(rows, { kind, subject: path });
  if (skipped > 0) io.stderr.write(`${skipped} lines of ${path} are not "time,value" and were left out\n`);
  if (flags.has('json')) io.stdout.write(`${JSON.stringify({ ...report, skipped }, null, 2)}\n`);
  else io.stdout.write(toText(report));
  return report.findings.length > 0 && flags.has('exit-code') ? EXIT_PROBLEM : EXIT_OK;
}

function kindFrom(text: string | undefined): SeriesKind | undefined {
  if (text === undefined || text === 'latency' || text === 'gauge') return text;
  throw new UsageError(`--kind is latency or gauge, not ${JSON.stringify(text)}`);
}

function scaleFrom(unit: string = 's'): number {
  const scale = UNITS[unit];
  if (scale !== undefined) return scale;
  throw new UsageError(`--unit is one of ${Object.keys(UNITS).join(', ')}, not ${JSON.stringify(unit)}`);
}

function toText({ kind, rows, rejected, findings }: AnomalyReport): string {
  const read = `${rows} rows read as ${kind === 'gauge' ? 'figures at regular times' : 'latencies of single requests'}`;
  const head = rejected === 0 ? read : `${read}, ${rejected} of them not usable`;
  if (findings.length === 0) return `${head}: nothing unusual\n`;
  return `${[`${head}, ${findings.length} findings:`, ...findings.map(toLine)].join('\n')}\n`;
}

function toLine({ since, until, channel, evidence }: Finding): string {
  const from = new Date(since).toISOString();
  const to = until === undefined ? ' (still)' : until === since ? '' : ` to ${new Date(until).toISOString()}`;
  return `  ${from}${to}  ${channel}: ${evidence}`;
}
