import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { AnomalyWindow } from './nab-score.ts';

const FOLDER = new URL('../../../shared/data/nab/', import.meta.url);

/** One labelled series of the benchmark. */
export interface LabelledSeries {
  readonly name: string;
  /** Machines and services, as opposed to traffic, advertising and artificial ones. */
  readonly isService: boolean;
  readonly values: Float64Array;
  readonly windows: readonly AnomalyWindow[];
}

/** The part of the benchmark that stands beside the checkout; `undefined` where it does not. */
export function readBenchmarkSeries(): readonly LabelledSeries[] | undefined {
  if (!existsSync(FOLDER)) return undefined;
  const labels = JSON.parse(readFileSync(new URL('windows.json', FOLDER), 'utf8')) as Record<
    string,
    [string, string][]
  >;
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.csv.gz'))
    .map((file) => {
      const name = file.slice(0, -'.gz'.length);
      const rows = gunzipSync(readFileSync(new URL(file, FOLDER)))
        .toString('utf8')
        .trim()
        .split(/\r?\n/)
        .slice(1)
        .map((line) => line.split(',') as [string, string]);
      const times = rows.map(([time]) => Date.parse(`${time.replace(' ', 'T')}Z`));
      const windows = (labels[name] ?? []).map(([from, to]) => {
        const [fromTime, toTime] = [from, to].map((text) => Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`));
        return {
          from: times.findIndex((time) => time >= (fromTime as number)),
          to: times.findLastIndex((time) => time <= (toTime as number)),
        };
      });
      return {
        name,
        isService: name.startsWith('realAWS'),
        values: Float64Array.from(rows, ([, value]) => Number(value)),
        windows,
      };
    });
}
