import { readFile } from 'node:fs/promises';
import type { SeriesRow } from '../../alerts/anomaly/detect-anomalies.ts';
import { UsageError } from '../command.ts';

/** Rows without a time are taken to be this far apart. */
const DEFAULT_STEP_MS = 1000;
/** More than this is not read: every row is held in memory. */
const MAX_BYTES = 512 * 1024 * 1024;

/** Seconds per unit in which latencies may be written. */
export const UNITS: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 };

export interface SeriesFile {
  readonly rows: readonly SeriesRow[];
  /** Lines that are no row: reported, never guessed. */
  readonly skipped: number;
}

/**
 * Reads a CSV file of `time,value` or `value` rows, separated by comma, semicolon or tab, with or without a header line. Times are
 * ISO 8601 (without a zone: UTC), or numbers of seconds or milliseconds since the Unix epoch.
 *
 * @param scale the values are multiplied by it
 * @throws UsageError when the file cannot be read or holds no row
 */
export async function readSeriesFile(path: string, scale: number): Promise<SeriesFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (text.length > MAX_BYTES) throw new UsageError(`${path} is larger than ${MAX_BYTES} bytes`);
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const rows: SeriesRow[] = [];
  let skipped = 0;
  for (const [index, line] of lines.entries()) {
    const row = parseRow(line, rows.length, scale);
    if (row !== undefined) rows.push(row);
    else if (index > 0) skipped += 1;
  }
  if (rows.length === 0) throw new UsageError(`${path} holds no row of "time,value" or "value"`);
  return { rows, skipped };
}

function parseRow(line: string, index: number, scale: number): SeriesRow | undefined {
  const cells = line.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
  const [first = '', second] = cells;
  const value = parseNumber(second ?? first);
  const timeMs = second === undefined ? index * DEFAULT_STEP_MS : parseTime(first);
  return value === undefined || timeMs === undefined ? undefined : { timeMs, value: value * scale };
}

function parseNumber(text: string): number | undefined {
  const value = text === '' ? Number.NaN : Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function parseTime(text: string): number | undefined {
  const value = parseNumber(text);
  // Seconds since 1970 stay below this until the year 5138; milliseconds passed it in 1973.
  if (value !== undefined) return Math.abs(value) < 1e11 ? value * 1000 : value;
  const isZoned = /(?:z|[+-]\d{2}:?\d{2})$/i.test(text);
  const time = Date.parse(isZoned ? text : `${text.replace(' ', 'T')}Z`);
  return Number.isNaN(time) ? undefined : time;
}
